import type { Logger } from 'pino';

const INTERVAL_MS = 60_000;

/**
 * Logs that rejected messages cannot be stored as dead letters: the first one immediately, further ones as a
 * number once a minute.
 */
export class DeadLetterAlarm {
  readonly #logger: Pick<Logger, 'error'>;
  readonly #nowMs: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(logger: Pick<Logger, 'error'>, nowMs = () => performance.now()) {
    this.#logger = logger;
    this.#nowMs = nowMs;
  }

  /** Resolves to whether `store` has stored a dead letter. Raises the alarm when it rejects. */
  async watch(store: () => Promise<unknown>): Promise<boolean> {
    try {
      await store();
      return true;
    } catch (err) {
      this.#raise(err);
      return false;
    }
  }

  #raise(err: unknown): void {
    this.#count++;
    if (this.#nowMs() - this.#lastMs < INTERVAL_MS) return;
    this.#logger.error(
      { err, rejections: this.#count },
      'dead letters cannot be stored: rejected messages are redelivered',
    );
    this.#lastMs = this.#nowMs();
    this.#count = 0;
  }
}
