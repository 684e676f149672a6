import type { Subscription } from '../message/broker.ts';

/** More values wait in a channel than it may hold: its reader is too slow. */
export class QueueOverflowError extends Error {
  override name = 'QueueOverflowError';
}

/**
 * Values that are pushed, for a `for await` to pull. Holds at most `limit` unread ones; one more ends it with
 * `QueueOverflowError`. Subscribes at once; unsubscribes when the loop is left.
 */
export function channel<T>(
  limit: number,
  subscribe: (push: (value: T) => void) => Promise<Subscription>,
): AsyncIterableIterator<T> {
  const waiting: T[] = [];
  let failure: Error | undefined;
  let closed = false;
  let wake: () => void = () => undefined;

  const subscription = subscribe((value) => {
    if (waiting.length >= limit) failure ??= new QueueOverflowError(`more than ${limit} events wait unread`);
    else if (!failure) waiting.push(value);
    wake();
  });
  subscription.catch((error: Error) => {
    failure = error;
    wake();
  });

  const close = async (): Promise<IteratorReturnResult<undefined>> => {
    closed = true;
    wake();
    await (await subscription).close();
    return { done: true, value: undefined };
  };

  return {
    async next() {
      while (waiting.length === 0 && !closed) {
        if (failure) {
          await close();
          throw failure;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (closed) return { done: true, value: undefined };
      return { done: false, value: waiting.shift() as T };
    },
    return: close,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
