import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { sleep } from '@meower/shared/async/sleep.ts';
import type { ControllableProcess } from './controllable-process.ts';
import { signalIfRunning, signalTree } from './process-tree.ts';

export interface SupervisedServiceOptions {
  name: string;
  /** A TypeScript file. */
  main: string;
  env: Record<string, string>;
  logFile: string;
}

export interface SupervisedService extends ControllableProcess {
  /** How often it has exited, by exit code or signal. */
  readonly exits: Readonly<Record<string, number>>;
  /** Stops it for good. */
  close(): Promise<void>;
}

/** Delay between an exit and the next start, as with a restart policy. */
const RESTART_DELAY_MS = 500;

/** A service that is restarted whenever it exits. */
export function startSupervisedService(options: SupervisedServiceOptions): SupervisedService {
  const { name, main, env, logFile } = options;
  const log = openSync(logFile, 'a');
  const exits: Record<string, number> = {};
  let closing = false;
  let child: ChildProcess = launch();

  function launch(): ChildProcess {
    const started = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', log, log],
    });
    started.once('exit', (code, signal) => {
      const reason = String(signal ?? code);
      exits[reason] = (exits[reason] ?? 0) + 1;
      void restart();
    });
    return started;
  }
  async function restart(): Promise<void> {
    if (!closing) await sleep(RESTART_DELAY_MS);
    if (!closing) child = launch();
  }
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  };

  return {
    name,
    exits,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    // The supervisor restarts it.
    start: async () => undefined,
    pause: () => signalTree(child.pid as number, 'SIGSTOP'),
    resume: () => signalTree(child.pid as number, 'SIGCONT'),
    async close() {
      closing = true;
      signalIfRunning(child.pid as number, 'SIGCONT');
      await end('SIGTERM');
    },
  };
}
