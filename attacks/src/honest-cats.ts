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
const FIRST_ADDRESS = 10;
/** So many that a few seconds have enough actions for a percentile. */
const CATS = 20;

/** Users who post, read, search and listen, each within the limits, and expect it to work. */
export class HonestCats {
  readonly #cats: readonly HonestCat[];

  private constructor(cats: readonly HonestCat[]) {
    this.#cats = cats;
  }

  static async arrive(target: Target): Promise<HonestCats> {
    const cats = Array.from({ length: CATS }, (_, i) => HonestCat.arrive(target, FIRST_ADDRESS + i));
    return new HonestCats(await Promise.all(cats));
  }

  /** They use Meower until the signal aborts. */
  async live(signal: AbortSignal): Promise<Experience> {
    const experiences = await Promise.all(this.#cats.map((cat) => cat.live(signal)));
    return {
      latencies: experiences.flatMap(({ latencies }) => latencies),
      failures: experiences.flatMap(({ failures }) => failures),
    };
  }

  leave(): void {
    for (const cat of this.#cats) cat.leave();
  }
}

class HonestCat {
  readonly #client: Client;
  readonly #socket: WebSocket;
  readonly #seen = new Set<string>();

  private constructor(client: Client, socket: WebSocket) {
    this.#client = client;
    this.#socket = socket;
    socket.on('message', (frame) => this.#seen.add(JSON.parse(String(frame)).id));
  }

  static async arrive(target: Target, address: number): Promise<HonestCat> {
    const client = new Client(target, address);
    const socket = new WebSocket(
      new URL('/pusher', target.url.href.replace('http', 'ws')),
      client.connection,
    );
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    return new HonestCat(client, socket);
  }

  async live(signal: AbortSignal): Promise<Experience> {
    const experience: Experience = { latencies: [], failures: [] };
    const reads = [() => this.#read(), () => this.#search(), () => this.#read()];
    const actions = [() => this.#post(), ...reads, ...reads, ...reads, ...reads];
    for (let i = this.#client.number; !signal.aborted; i++) {
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
    this.#seen.clear();
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

export function p99(latencies: readonly number[]): number {
  return latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.POSITIVE_INFINITY;
}
