/**
 * The promise's result, or a rejection with `toError()` if there is none after `ms` milliseconds. The work behind the
 * promise goes on.
 */
export async function withTimeout<T>(
  promise: Promise<T>,
  ms: number,
  toError = () => new Error(`no answer within ${ms} ms`),
): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(toError()), ms);
  try {
    return await Promise.race([promise, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
