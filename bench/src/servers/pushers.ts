import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import {
  isOneOfSeveral,
  reportListening,
  sharesPort,
  startProcesses,
} from '@meower/pusher-service/processes.ts';
import { createPusherService } from '@meower/pusher-service/service.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { serve } from '@meower/shared/service/service.ts';
import type { Place } from '../fixtures/fixtures.ts';
import { openDependencies } from '../fixtures/open-dependencies.ts';
import { runCommands } from '../worker-process/serve-commands.ts';
import { waitUntilReady } from './wait-until-ready.ts';

export interface PushersOptions {
  place: Place;
  processes: number;
}

const logger = createLogger('bench', 'error');
/** Carries the place to the processes, which run this file as well. */
const PLACE = 'BENCH_PLACE';
const HOST = '127.0.0.1';

/** Several pushers behind one port, as with `PUSHER_PROCESSES`. */
if (isOneOfSeveral()) {
  await startOne(JSON.parse(process.env[PLACE] ?? '{}'));
} else {
  runCommands<PushersOptions>(async ({ place, processes }) => {
    const pushers = await startProcesses({
      count: processes,
      port: 0,
      host: HOST,
      logger,
      env: { [PLACE]: JSON.stringify(place) },
    });
    const pids = Object.values(cluster.workers ?? {}).map((worker) => worker?.process.pid);
    return {
      port: () => pushers.port,
      bytesInUse: () => {
        let bytes = 0;
        for (const pid of [process.pid, ...pids]) bytes += residentBytes(pid);
        return bytes;
      },
      close: () => pushers.close(),
    };
  });
}

async function startOne(place: Place): Promise<void> {
  const opened = new AsyncDisposableStack();
  const events = await openDependencies(place, logger, opened).events();
  const service = createPusherService({ events, logger });
  await waitUntilReady(service.checks);
  const port = Number(process.env.PORT);
  const served = await serve([service], { logger, port, host: HOST, reusePort: sharesPort() });
  opened.defer(() => served.close());
  reportListening();
  process.once('SIGTERM', async () => {
    await opened.disposeAsync();
    process.exit();
  });
}

/** Of any process, by Linux's account; elsewhere not to be had without a tool. */
function residentBytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
}
