import { createBatcher } from '../../async/batcher.ts';
import { sleep } from '../../async/sleep.ts';
import { BrokerUnavailableError, RefusedError } from '../capabilities.ts';

/**
 * Sends pieces of what is published, a bounded number at a time. `send` gets them in order and resolves to
 * one outcome for each; all fail as unavailable when it rejects or takes longer than `timeoutMs`.
 */
export class PublishQueue<P> {
  readonly #server: string;
  readonly #timeoutMs: number;
  readonly #calls = new Set<Promise<void>>();
  readonly #batcher;

  constructor(
    server: string,
    timeoutMs: number,
    send: (pieces: readonly P[]) => Promise<(Error | undefined)[]>,
  ) {
    this.#server = server;
    this.#timeoutMs = timeoutMs;
    this.#batcher = createBatcher<P, undefined>((pieces) => this.#limited(send(pieces)), {
      maxBatch: 16,
      concurrency: 4,
      maxWaiting: 10_000,
    });
  }

  /** Resolves when all are confirmed, in this order. Rejects as `Publisher.publish` does. */
  async publish(pieces: readonly P[]): Promise<void> {
    const call = this.#publish(pieces);
    this.#calls.add(call);
    try {
      await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Resolves when the calls made so far have ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#calls);
  }

  async #publish(pieces: readonly P[]): Promise<void> {
    try {
      for (const piece of pieces) await this.#batcher.add(piece);
    } catch (cause) {
      if (cause instanceof BrokerUnavailableError || cause instanceof RefusedError) throw cause;
      throw new BrokerUnavailableError(`${this.#server}: ${(cause as Error).message}`, { cause });
    }
  }

  async #limited<T>(sent: Promise<T>): Promise<T> {
    const over = new AbortController();
    const tooLate = sleep(this.#timeoutMs, over.signal).then(() => {
      throw new BrokerUnavailableError(`${this.#server} did not confirm within ${this.#timeoutMs} ms`);
    });
    tooLate.catch(() => {}); // when it loses the race
    try {
      return await Promise.race([sent, tooLate]);
    } finally {
      over.abort();
    }
  }
}
