/** Too much waits or runs already; this call was not accepted. */
export class OverloadedError extends Error {
  override name = 'OverloadedError';
}
