import type { Closable } from './closable.ts';

/** The queue holds its limit of unread values: the reader is too slow. */
export class QueueOverflowError extends Error {
  override name = 'QueueOverflowError';
}

/**
 * Pushed values for a `for await` loop to read. Holds at most `limit` unread ones; one more makes the loop
 * throw `QueueOverflowError`. Subscribes immediately; unsubscribes when the loop ends.
 */
export function createAsyncQueue<T>(
  limit: number,
  subscribe: (push: (value: T) => void) => Promise<Closable>,
): AsyncIterableIterator<T> {
  const unread: T[] = [];
  let failure: Error | undefined;
  let closed = false;
  let wake: () => void = () => undefined;

  const subscription = subscribe((value) => {
    if (unread.length >= limit) failure ??= new QueueOverflowError(`more than ${limit} values are unread`);
    else if (!failure) unread.push(value);
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
      while (unread.length === 0 && !closed) {
        if (failure) {
          await close();
          throw failure;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (closed) return { done: true, value: undefined };
      // The loop above has waited for one.
      return { done: false, value: unread.shift() as T };
    },
    return: close,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
