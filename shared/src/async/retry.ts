import { errorMessage } from '../process/error-details.ts';
import type { Logger } from '../process/logger.ts';
import { abortable } from './abortable.ts';
import { sleep } from './sleep.ts';

/**
 * Logs the first failure with its stack. While the same one repeats, only the 2nd, 4th, 8th, … and each 256th are
 * logged, in one line.
 */
export function logRepeatedFailures(
  logger: Pick<Logger, 'warn'>,
): (error: unknown, details: object, message: string) => void {
  let reason: string | undefined;
  let attempts = 0;
  return (error, details, message) => {
    if (reason !== errorMessage(error)) {
      reason = errorMessage(error);
      attempts = 1;
      logger.warn({ err: error, ...details }, message);
      return;
    }
    attempts++;
    const isLogged = (attempts & (attempts - 1)) === 0 || attempts % 256 === 0;
    if (isLogged) logger.warn({ reason, attempts, ...details }, message);
  };
}

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
 * Calls `attempt` until it resolves, and logs its failures (see `logRepeatedFailures`). When the signal aborts, it does not wait for the
 * running attempt, which may never end.
 */
export async function retryForever<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { what, logger, signal, delayMs = 2000 } = options;
  const logRepeated = logRepeatedFailures(logger);
  for (;;) {
    signal.throwIfAborted();
    try {
      return await abortable(attempt(), signal);
    } catch (error) {
      signal.throwIfAborted();
      logRepeated(error, { retryInMs: delayMs }, `could not ${what}, trying again`);
      await sleep(delayMs, signal);
    }
  }
}
