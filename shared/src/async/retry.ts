import type { Logger } from '../process/logger.ts';
import { abortable } from './abortable.ts';
import { sleep } from './sleep.ts';

export interface RetryOptions {
  /** What is tried, for the log: "migrate the database". */
  what: string;
  logger: Logger;
  /** Ends the waiting: `retryForever` then rejects with the signal's reason. */
  signal: AbortSignal;
  /** Pause between two attempts, in milliseconds. Default 2000, as in the original. */
  delayMs?: number;
}

/**
 * Calls `attempt` until it resolves. Each failure is logged with what it waits for. An attempt that is under way when the signal aborts is not
 * waited for: it may be waiting for something that does not come.
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
