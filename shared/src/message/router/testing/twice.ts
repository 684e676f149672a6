import type { Middleware } from '../handler.ts';

/**
 * For tests: handles every message two times, one after the other, as a lost ack would. A handler that fails
 * the second time, or then returns another number of messages, is not idempotent, and its message fails.
 * Innermost, or around what makes the handler idempotent.
 */
export const twice: Middleware =
  (next, { name }) =>
  async (message, signal) => {
    const first = (await next(message, signal)) ?? [];
    const second = (await next(message, signal)) ?? [];
    if (first.length !== second.length) {
      throw new Error(
        `${name} is not idempotent: it returned ${first.length} messages, then ${second.length}`,
      );
    }
    return second;
  };
