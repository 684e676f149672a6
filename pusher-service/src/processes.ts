import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from '@meower/shared/lifecycle/logger.ts';
import { pause } from '@meower/shared/lifecycle/pause.ts';
import type { Running } from '@meower/shared/lifecycle/running.ts';
import { StartError } from '@meower/shared/lifecycle/start-error.ts';

export interface ProcessesOptions {
  count: number;
  logger: Logger;
  /** For the environment of each process, beside what is there already. */
  env?: Readonly<Record<string, string>>;
}

const RESTART_MS = 1000;

/** Whether this process is one of several that share a port. */
export function isOneOfSeveral(): boolean {
  return cluster.isWorker;
}

/**
 * Runs this program in several processes behind one port, for more sockets than the system allows one process to have open. Connections are given out in turn. A process
 * that ends is replaced. Resolves when all listen; rejects with `StartError` when one ends before. Closing ends them as SIGTERM does.
 */
export async function startProcesses({
  count,
  logger,
  env,
}: ProcessesOptions): Promise<Running & { port: number }> {
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
    await pause(RESTART_MS, closing.signal);
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
    const ports = await Promise.all(workers.map(listening));
    for (const worker of workers) {
      logger.info({ pid: worker.process.pid }, 'a process is listening');
      void replace(worker);
    }
    return { port: ports[0] as number, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function listening(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('listening', ({ port }) => resolve(port));
    worker.once('exit', () => reject(new StartError('one of the processes could not start (see above).')));
  });
}
