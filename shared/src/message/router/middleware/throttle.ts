import { sleep } from '../../../async/sleep.ts';
import { UnavailableError } from '../failure.ts';
import type { Incoming, Middleware } from '../handler.ts';

export interface ThrottleOptions {
  perSecond: number;
  /**
   * Longest wait inside the handler, where the message takes up one of its `concurrency`. A longer one is a
   * delayed nack. Default 1000 ms.
   */
  maxWaitMs?: number;
  /** What has its own rate, e.g. the recipient. Default: all messages of the handler share one. */
  by?: (message: Incoming) => string;
}

/** Lets `perSecond` messages through, evenly spaced. Only this process counts. */
export function throttle({ perSecond, maxWaitMs = 1000, by = () => '' }: ThrottleOptions): Middleware {
  return (next) => {
    const freeAtMs = new Map<string, number>();
    return async (message, signal) => {
      const name = by(message);
      const now = performance.now();
      const atMs = Math.max(now, freeAtMs.get(name) ?? now);
      if (atMs - now > maxWaitMs) {
        throw new UnavailableError(`more than ${perSecond} messages a second`, { retryAfterMs: atMs - now });
      }
      freeAtMs.delete(name);
      freeAtMs.set(name, atMs + 1000 / perSecond);
      forgetFree(freeAtMs, now);
      if (atMs > now) await sleep(atMs - now, signal);
      signal.throwIfAborted();
      return next(message, signal);
    };
  };
}

/** The first were used longest ago. */
function forgetFree(freeAtMs: Map<string, number>, now: number): void {
  for (const [name, atMs] of freeAtMs) {
    if (atMs > now) return;
    freeAtMs.delete(name);
  }
}
