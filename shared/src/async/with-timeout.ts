import { abortable } from './abortable.ts';

/**
 * The promise's result, or a rejection with `toError()` if there is none after `ms` milliseconds. The work behind the
 * promise goes on.
 */
export async function withTimeout<T>(promise: Promise<T>, ms: number, toError: () => Error): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(toError()), ms);
  try {
    return await abortable(promise, over.signal);
  } finally {
    clearTimeout(timer);
  }
}
