import type { Logger } from '../../../process/logger.ts';
import type { Middleware } from '../handler.ts';
import { metrics } from './metrics.ts';

/**
 * Logs each message at `debug` when it has been handled. (Failures are logged by the router in any case, with
 * what follows from them.)
 */
export function logging(logger: Logger): Middleware {
  if (!logger.isLevelEnabled('debug')) return (next) => next;
  return (next, handler) => (message, signal) => {
    const { topic, id, key, attempt, metadata } = message;
    const about = { topic, id, key, attempt, requestId: metadata['x-request-id'] };
    const log = metrics({ onHandled: (report) => logger.debug({ ...report, ...about }, 'message') });
    return log(next, handler)(message, signal);
  };
}
