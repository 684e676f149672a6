import { errorMessage } from './error-details.ts';
import type { Logger } from './logger.ts';

interface RepeatedLogOptions {
  /** How long repetitions are counted before they are logged, in milliseconds. Default 10000. */
  everyMs?: number;
}

/** Logs an error with its stack, or as one of many. The details name what it is about, for example a request id. */
type LogFailure = (details: Readonly<Record<string, unknown>> & { err: unknown }, message: string) => void;

/** Most kinds of failures that are counted; more are logged one by one. */
const MAX_KINDS = 100;

/**
 * Logs a failure of requests as soon as it occurs. The same one (by message and error) is then counted, and logged as
 * one line with the number of repetitions and the details of the last, without a stack.
 */
export function createRepeatedLog(
  logger: Logger,
  level: 'warn' | 'error',
  { everyMs = 10_000 }: RepeatedLogOptions = {},
): LogFailure {
  const repetitions = new Map<string, { count: number; last: object }>();

  const flushLater = (kind: string, message: string, reason: string) => {
    const flush = () => {
      const { count, last } = repetitions.get(kind) ?? { count: 0, last: {} };
      repetitions.delete(kind);
      if (count === 0) return;
      logger[level]({ ...last, repeated: count, withinMs: everyMs, reason }, message);
      repetitions.set(kind, { count: 0, last: {} });
      flushLater(kind, message, reason);
    };
    setTimeout(flush, everyMs).unref();
  };

  return ({ err, ...details }, message) => {
    const reason = errorMessage(err);
    const kind = `${message}\n${reason}`;
    const repeated = repetitions.get(kind);
    if (repeated) {
      repeated.count++;
      repeated.last = details;
      return;
    }
    logger[level]({ err, ...details }, message);
    if (repetitions.size >= MAX_KINDS) return;
    repetitions.set(kind, { count: 0, last: {} });
    flushLater(kind, message, reason);
  };
}
