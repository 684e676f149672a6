import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { waitUntil } from './wait-until.ts';

export interface Server {
  binary: string;
  /** Its data go into `folder`. */
  args(port: number, folder: string): string[];
  options?: SpawnOptions;
  /** Resolves if it answers. */
  ask(address: string): Promise<unknown>;
}

/** A server of a test, which can kill and pause it. The address stays the same. */
export class ServerProcess {
  readonly address: string;
  readonly folder: string;
  readonly #server: Server;
  readonly #args: string[];
  #process: ChildProcess | undefined;

  /** Does not start it yet. */
  static async create(server: Server): Promise<ServerProcess> {
    return new ServerProcess(server, await freePorts(1), await mkdtemp(join(tmpdir(), 'meower-server-')));
  }

  private constructor(server: Server, port: number, folder: string) {
    this.#server = server;
    this.#args = server.args(port, folder);
    this.folder = folder;
    this.address = `127.0.0.1:${port}`;
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    const { binary, options, ask } = this.#server;
    await waitUntil(
      async () => {
        // After a kill it may end again, because processes of the old one still run.
        if (this.#process?.exitCode !== null) {
          this.#process = spawn(binary, this.#args, { stdio: 'ignore', ...options });
        }
        await ask(this.address);
        return undefined;
      },
      { timeoutMs: 60_000, intervalMs: 50 },
    );
  }

  /** Ends it like a crash; keeps the files. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Ends it regularly. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  /** It keeps its connections and stops answering, a moment later. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (!running || running.exitCode !== null) return;
    const exited = once(running, 'exit');
    running.kill(signal);
    await exited;
  }

  /** Kills it and deletes its files. */
  async wipe(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
