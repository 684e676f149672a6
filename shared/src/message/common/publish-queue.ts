import { withTimeout } from '../../async/with-timeout.ts';
import { BrokerUnavailableError, RefusedError } from '../capabilities.ts';

/** Pieces that are sent and not confirmed yet. */
const MAX_IN_FLIGHT = 64;
/** Calls that wait until there are fewer. */
const MAX_WAITING = 10_000;

/**
 * Sends pieces of what is published, a bounded number at a time and those of one call in order. A piece that
 * `send` rejects, or that takes longer than `timeoutMs`, fails as unavailable.
 */
export class PublishQueue<P> {
  readonly #server: string;
  readonly #timeoutMs: number;
  readonly #send: (piece: P) => Promise<unknown>;
  readonly #calls = new Set<Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;

  constructor(server: string, timeoutMs: number, send: (piece: P) => Promise<unknown>) {
    this.#server = server;
    this.#timeoutMs = timeoutMs;
    this.#send = send;
  }

  /** Resolves when all are confirmed. Rejects as `Publisher.publish` does. */
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
      for (const piece of pieces) await this.#publishOne(piece);
    } catch (cause) {
      if (cause instanceof BrokerUnavailableError || cause instanceof RefusedError) throw cause;
      throw new BrokerUnavailableError(`${this.#server}: ${(cause as Error).message}`, { cause });
    }
  }

  async #publishOne(piece: P): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) throw new Error(`${MAX_WAITING} calls wait already`);
    while (this.#inFlight >= MAX_IN_FLIGHT) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#inFlight++;
    try {
      await withTimeout(this.#send(piece), this.#timeoutMs, () => this.#tooLate());
    } finally {
      this.#inFlight--;
      this.#waiting.shift()?.();
    }
  }

  #tooLate(): Error {
    return new BrokerUnavailableError(`${this.#server} did not confirm within ${this.#timeoutMs} ms`);
  }
}
