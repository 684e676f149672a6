import { randomUUID } from 'node:crypto';
import { sleep } from '@meower/shared/async/sleep.ts';
import { WebSocket } from 'ws';
import { Client, type Target } from './client.ts';

export interface Experience {
  /** Of each action that was answered as it should be, in milliseconds. */
  latencies: number[];
  /** What went wrong: an answer that is not 200, none within 20 s, a frame that did not come. */
  failures: string[];
}

/** Longest wait for the frame of a post, in milliseconds. */
const FRAME_TIMEOUT_MS = 5000;
/** Between two actions, in milliseconds: far below every limit. */
const PAUSE_MS = 100;
const ADDRESS = 9;

/** A user who posts, reads, searches and listens at a human pace, and expects it to work. */
export class HonestCat {
  readonly #client: Client;
  readonly #socket: WebSocket;
  readonly #seen = new Set<string>();

  private constructor(client: Client, socket: WebSocket) {
    this.#client = client;
    this.#socket = socket;
    socket.on('message', (frame) => this.#seen.add(JSON.parse(String(frame)).id));
  }

  static async arrive(target: Target): Promise<HonestCat> {
    const client = new Client(target, ADDRESS);
    const socket = new WebSocket(
      new URL('/pusher', target.url.href.replace('http', 'ws')),
      client.connection,
    );
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    return new HonestCat(client, socket);
  }

  /** Uses Meower until the time is over or the signal aborts. */
  async live(ms: number, signal: AbortSignal): Promise<Experience> {
    const experience: Experience = { latencies: [], failures: [] };
    const until = performance.now() + ms;
    const reads = [() => this.#read(), () => this.#search(), () => this.#read()];
    const actions = [() => this.#post(), ...reads, ...reads, ...reads, ...reads];
    for (let i = 0; performance.now() < until && !signal.aborted; i++) {
      const started = performance.now();
      try {
        await actions[i % actions.length]?.();
        experience.latencies.push(performance.now() - started);
      } catch (error) {
        experience.failures.push(error instanceof Error ? error.message : String(error));
      }
      await sleep(PAUSE_MS, signal);
    }
    return experience;
  }

  leave(): void {
    this.#socket.terminate();
    this.#client.close();
  }

  async #post(): Promise<void> {
    const { status, body } = await this.#client.post(`meow ${randomUUID()}`);
    if (status !== 200) throw new Error(`POST /meows: ${status} ${body}`);
    const { id } = JSON.parse(body);
    const until = performance.now() + FRAME_TIMEOUT_MS;
    while (!this.#seen.has(id)) {
      if (performance.now() > until) throw new Error(`no frame of ${id} within ${FRAME_TIMEOUT_MS} ms`);
      await sleep(1);
    }
  }

  #read(): Promise<void> {
    return this.#expect('/meows?take=20');
  }

  #search(): Promise<void> {
    return this.#expect('/search?query=meow&take=10');
  }

  async #expect(path: string): Promise<void> {
    const { status, body } = await this.#client.request(path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
  }
}
