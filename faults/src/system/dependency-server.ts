import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import type { Victim } from './controllable-process.ts';
import { signalIfThere, signalTree } from './process-tree.ts';

export interface PartOptions {
  name: string;
  /** Shell command that starts the server, or does nothing when it runs; `{port}` is replaced. Its last line of output is the process id. */
  command: string;
  port: number;
  /** How the server is asked to stop without waiting for its clients. */
  stopSignal: 'SIGTERM' | 'SIGINT';
}

const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 60_000;

/** A real server of this run alone: Postgres, NATS or Elasticsearch. Rejects with what its command says when it does not start. */
export async function startPart({ name, command, port, stopSignal }: PartOptions): Promise<Victim> {
  const start = async (): Promise<number> => {
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replaceAll('{port}', String(port))], {
      timeout: START_TIMEOUT_MS,
    });
    const pid = Number(stdout.trim().split('\n').at(-1));
    if (!Number.isInteger(pid) || pid < 1)
      throw new Error(`${name}: the last line of its start command's output must be a process id`);
    return pid;
  };
  const ended = (process: number) =>
    waitUntil(
      async () => (signalIfThere(process, 0) ? `${name} (process ${process}) has not ended` : undefined),
      { timeoutMs: STOP_TIMEOUT_MS },
    );
  let pid = await start();

  return {
    name,
    async kill() {
      signalIfThere(pid, 'SIGKILL');
      await ended(pid);
    },
    async revive() {
      pid = await start();
    },
    pause: () => signalTree(pid, 'SIGSTOP'),
    resume: () => signalTree(pid, 'SIGCONT'),
    async stop() {
      signalIfThere(pid, stopSignal);
      await ended(pid);
    },
  };
}
