import { abortable } from '../../../async/abortable.ts';
import type { Middleware } from '../handler.ts';

/** A message was not handled in time. */
export class HandlerTimeoutError extends Error {
  override name = 'HandlerTimeoutError';
}

/**
 * Aborts the handler's signal after `timeoutMs`, and the message has failed. A handler that ignores its
 * signal is not waited for: it may still be running when its message is delivered again. `policy.timeoutMs`
 * puts this innermost: other middleware does not count.
 */
export function timeout(timeoutMs: number): Middleware {
  return (next, { name }) =>
    async (message, signal) => {
      const late = new AbortController();
      const error = `${name} has not handled the message in ${timeoutMs} ms`;
      const timer = setTimeout(() => late.abort(new HandlerTimeoutError(error)), timeoutMs);
      const either = AbortSignal.any([signal, late.signal]);
      try {
        return await abortable(next(message, either), either);
      } finally {
        clearTimeout(timer);
      }
    };
}
