import type { Logger } from '../process/logger.ts';
import { abortable } from './abortable.ts';
import { sleep } from './sleep.ts';

interface RetryOptions {
  /** What `attempt` does, for the log: "migrate the database". */
  what: string;
  logger: Pick<Logger, 'warn'>;
  /** When it aborts, `retryForever` rejects with its reason. */
  signal: AbortSignal;
  /** Pause between two attempts, in milliseconds. Default 2000, as in the original. */
  delayMs?: number;
}

/**
 * Calls `attempt` until it resolves, and logs each failure. When the signal aborts, it does not wait for the
 * running attempt, which may never end.
 */
export async function retryForever<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { what, logger, signal, delayMs = 2000 } = options;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await abortable(attempt(), signal);
    } catch (error) {
      signal.throwIfAborted();
      logger.warn({ err: error, retryInMs: delayMs }, `could not ${what}, trying again`);
      await sleep(delayMs, signal);
    }
  }
}
