import { type ChildProcess, spawn } from 'node:child_process';

const START_TIMEOUT_MS = 60_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

/** A program as a process of its own, on the Node that runs the test. */
export class ProgramProcess {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stderr = '';

  /** `main`: a file. `env` is its whole environment, apart from PATH. */
  constructor(main: string, env: Record<string, string>) {
    this.#child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, ...env },
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

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The match of `pattern` in what it prints on standard error. Rejects when it ends instead. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const timer = setTimeout(() => this.kill('SIGKILL'), START_TIMEOUT_MS);
    const { promise, resolve } = Promise.withResolvers<RegExpExecArray>();
    const search = () => {
      const match = pattern.exec(this.#stderr);
      if (match) resolve(match);
    };
    this.#child.on('stderr', search);
    search();
    const failed = this.ended.then(({ code, stderr }) => {
      throw new Error(`ended with ${code} instead of printing ${pattern}: ${stderr}`);
    });
    try {
      return await Promise.race([promise, failed]);
    } finally {
      clearTimeout(timer);
      this.#child.off('stderr', search);
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
