import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import type { ControllableProcess } from './controllable-process.ts';
import { signalIfRunning, signalTree } from './process-tree.ts';

export interface DependencyServerOptions {
  name: string;
  /**
   * A shell command that starts the server unless it is running; `{port}` is replaced. Its last line is the
   * process id.
   */
  command: string;
  port: number;
  /** The signal that stops the server without waiting for its clients. */
  stopSignal: 'SIGTERM' | 'SIGINT';
}

const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 60_000;

/**
 * Starts a Postgres, NATS or Elasticsearch server for this run alone. Rejects with the command's output if it
 * fails.
 */
export async function startDependencyServer(options: DependencyServerOptions): Promise<ControllableProcess> {
  const { name, command, port, stopSignal } = options;
  const start = async (): Promise<number> => {
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replaceAll('{port}', String(port))], {
      timeout: START_TIMEOUT_MS,
    });
    const pid = Number(stdout.trim().split('\n').at(-1));
    if (!Number.isInteger(pid) || pid < 1)
      throw new Error(`${name}: the last line that its start command prints must be a process id`);
    return pid;
  };
  let pid = await start();

  const end = async (signal: NodeJS.Signals) => {
    signalIfRunning(pid, signal);
    await waitUntil(
      () => (signalIfRunning(pid, 0) ? `${name} (process ${pid}) is still running` : undefined),
      { timeoutMs: STOP_TIMEOUT_MS },
    );
  };
  return {
    name,
    kill: () => end('SIGKILL'),
    async start() {
      pid = await start();
    },
    pause: () => signalTree(pid, 'SIGSTOP'),
    resume: () => signalTree(pid, 'SIGCONT'),
    stop: () => end(stopSignal),
  };
}
