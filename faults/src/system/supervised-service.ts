import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Victim } from './controllable-process.ts';
import { signalIfThere, signalTree } from './process-tree.ts';

export interface SupervisedOptions {
  name: string;
  /** A TypeScript file. */
  main: string;
  env: Record<string, string>;
  logFile: string;
}

export interface Supervised extends Victim {
  /** How often it ended without having been asked to, by exit code or signal. */
  readonly ends: Readonly<Record<string, number>>;
  /** Stops it for good. */
  close(): Promise<void>;
}

/** Between an end and the next start, as a restart policy would wait. */
const RESTART_MS = 500;

/** A service that is started again whenever it ends. */
export function startSupervised({ name, main, env, logFile }: SupervisedOptions): Supervised {
  const log = openSync(logFile, 'a');
  const ends: Record<string, number> = {};
  let closing = false;
  let child: ChildProcess = launch();

  function launch(): ChildProcess {
    const started = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', log, log],
    });
    started.once('exit', (code, signal) => {
      const how = String(signal ?? code);
      ends[how] = (ends[how] ?? 0) + 1;
      void startAgain();
    });
    return started;
  }
  async function startAgain(): Promise<void> {
    if (!closing) await sleep(RESTART_MS);
    if (!closing) child = launch();
  }
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };

  return {
    name,
    ends,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    // The supervisor does it.
    revive: async () => undefined,
    pause: () => signalTree(child.pid as number, 'SIGSTOP'),
    resume: () => signalTree(child.pid as number, 'SIGCONT'),
    async close() {
      closing = true;
      signalIfThere(child.pid as number, 'SIGCONT');
      await end('SIGTERM');
    },
  };
}
