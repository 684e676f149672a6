import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { sleep } from '@meower/shared/async/sleep.ts';
import { listen } from '@meower/shared/http/server.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { Running } from '@meower/shared/process/running.ts';
import { StartError } from '@meower/shared/process/start-error.ts';

export interface ProcessesOptions {
  count: number;
  /** 0 takes any free port. */
  port: number;
  /** All interfaces when absent. */
  host?: string;
  logger: Logger;
  /** For the environment of each process, beside what is there already. */
  env?: Readonly<Record<string, string>>;
}

/** Sockets live long: of a large young generation nothing is gained, and it stays (40 MB when 10,000 sockets come at once). In MiB. */
export const YOUNG_GENERATION = '--max-semi-space-size=8';
const RESTART_MS = 1000;
const LISTENING = 'listening';

/** Whether this process is one of several that share a port. */
export function isOneOfSeveral(): boolean {
  return cluster.isWorker;
}

/**
 * Whether this process listens on the port itself beside the others, and the system spreads the connections over them. Where the system does not (macOS,
 * Windows), `node:cluster` accepts them all in one process and hands them over in turn, which costs more than the rest of the handshake.
 */
export function sharesPort(): boolean {
  return isOneOfSeveral() && process.platform === 'linux';
}

/** To be called when this process listens; of no effect when it is not one of several. */
export function reportListening(): void {
  cluster.worker?.send(LISTENING);
}

/**
 * Runs this program in several processes behind one port, for more sockets than the system allows one process to have open. Each gets the port as `PORT`. A
 * process that ends is replaced. Resolves when all listen; rejects with `StartError` when the port is taken or a process ends before. Closing ends them as SIGTERM does.
 */
export async function startProcesses(options: ProcessesOptions): Promise<Running & { port: number }> {
  const { count, logger } = options;
  const port = await findPort(options);
  const env = { ...options.env, PORT: String(port) };
  // What was said when this program was started counts more.
  cluster.setupPrimary({ execArgv: [YOUNG_GENERATION, ...process.execArgv] });
  const closing = new AbortController();
  const running = new Set<Worker>();

  const start = () => {
    const worker = cluster.fork(env);
    running.add(worker);
    worker.once('exit', () => running.delete(worker));
    return worker;
  };
  const replace = async (worker: Worker) => {
    const [code, signal] = await once(worker, 'exit');
    if (closing.signal.aborted) return;
    logger.error({ pid: worker.process.pid, code, signal }, 'a process has ended, another takes its place');
    await sleep(RESTART_MS, closing.signal);
    if (!closing.signal.aborted) void replace(start());
  };
  const close = async () => {
    closing.abort();
    const workers = [...running];
    const ended = workers.map((worker) => once(worker, 'exit'));
    for (const worker of workers) worker.process.kill('SIGTERM');
    await Promise.all(ended);
  };

  const workers = Array.from({ length: count }, start);
  try {
    await Promise.all(workers.map(listening));
    for (const worker of workers) {
      logger.info({ pid: worker.process.pid }, 'a process is listening');
      void replace(worker);
    }
    return { port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Who shares a port is not told when it is taken: the next to share it would be let in. */
async function findPort({ port, host }: ProcessesOptions): Promise<number> {
  const probe = await listen((_req, res) => res.destroy(), { port, host });
  await probe.close();
  return probe.port;
}

function listening(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: unknown) => message === LISTENING && resolve());
    worker.once('exit', () => reject(new StartError('one of the processes could not start (see above).')));
  });
}
