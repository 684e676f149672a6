import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const START_TIMEOUT_MS = 60_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

/** `npm start` as a separate process, without the installation before it. */
export class MeowerProcess {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stderr = '';

  /** Starts on any free port, unless `env` sets one. */
  constructor(env: Record<string, string>) {
    this.#child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env.PATH, PORT: '0', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal, stderr: this.#stderr }));
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#child.emit('stderr');
    });
  }

  /** Its address, once it reports that it is running. Rejects when it ends instead. */
  async url(): Promise<string> {
    const timer = setTimeout(() => this.kill('SIGKILL'), START_TIMEOUT_MS);
    const { promise, resolve } = Promise.withResolvers<string>();
    const findPort = () => {
      const port = /running at http:\/\/localhost:(\d+)/.exec(this.#stderr)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    };
    this.#child.on('stderr', findPort);
    findPort();
    const failed = this.ended.then(({ code, stderr }) => {
      throw new Error(`ended with ${code} instead of starting: ${stderr}`);
    });
    try {
      return await Promise.race([promise, failed]);
    } finally {
      clearTimeout(timer);
      // It ends later, when this rejection is of no interest.
      failed.catch(() => {});
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.ended;
  }
}

/** A folder that is deleted when the test ends. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'meower-process-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
