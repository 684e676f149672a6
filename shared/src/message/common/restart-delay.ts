import type { Logger } from 'pino';
import { backoffMs } from '../../async/backoff.ts';
import { sleep } from '../../async/sleep.ts';

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

interface RepeatOptions {
  signal: AbortSignal;
  longestRetryMs: number;
  logger: Pick<Logger, 'warn'>;
  /** Whose run it is, for the log. */
  of: Record<string, unknown>;
}

/** Runs again and again until the signal aborts. A run that rejects is logged, and the next one waits. */
export async function repeatUntilAborted(
  run: () => Promise<void>,
  { signal, longestRetryMs, logger, of }: RepeatOptions,
): Promise<void> {
  const delay = new RestartDelay(longestRetryMs);
  while (!signal.aborted) {
    const startedAtMs = performance.now();
    try {
      await run();
    } catch (err) {
      if (signal.aborted) return;
      const retryInMs = delay.after(performance.now() - startedAtMs);
      logger.warn({ ...of, err, retryInMs }, 'interrupted: starting again');
      await sleep(retryInMs, signal);
    }
  }
}
