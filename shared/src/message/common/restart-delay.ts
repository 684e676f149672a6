import { backoffMs } from '../../async/backoff.ts';

const FIRST_MS = 100;
/** What ran this long has worked: its end is a new interruption, not the same one again. */
const STABLE_MS = 5000;

/**
 * How long to wait before something that should run for ever is started again: at most 100 ms after a first
 * interruption, then growing up to `longestMs`, with jitter. Only a run that lasted resets the delay.
 */
export class RestartDelay {
  readonly #longestMs: number;
  #failures = 0;

  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** `ranMs`: how long the run that has just ended lasted, 0 when it did not start. */
  after(ranMs: number): number {
    this.#failures = ranMs >= STABLE_MS ? 1 : this.#failures + 1;
    return Math.round(backoffMs(this.#failures, { firstMs: FIRST_MS, longestMs: this.#longestMs }));
  }
}
