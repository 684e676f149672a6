import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { vi } from 'vitest';

/** A nats-server for one test, which can kill and pause it. The address stays the same. */
export class NatsServer {
  readonly address: string;
  readonly #binary: string;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  /** Does not start it yet. */
  static async create(binary: string): Promise<NatsServer> {
    return new NatsServer(binary, await freePort(), await mkdtemp(join(tmpdir(), 'meower-nats-')));
  }

  private constructor(binary: string, port: number, folder: string) {
    this.#binary = binary;
    this.#folder = folder;
    this.address = `127.0.0.1:${port}`;
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    const [host = '', port = ''] = this.address.split(':');
    this.#process = spawn(this.#binary, ['-a', host, '-p', port, '-js', '-sd', this.#folder], {
      stdio: 'ignore',
    });
    await vi.waitFor(
      async () => {
        const connection = await connect({ servers: this.address, reconnect: false, timeout: 1000 });
        await connection.close();
      },
      { timeout: 15_000, interval: 50 },
    );
  }

  /** Ends it like a crash; keeps the files. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (!running) return;
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** It keeps its connections and stops answering. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Kills it and deletes its files. */
  async wipe(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('the system gave no port');
  return address.port;
}
