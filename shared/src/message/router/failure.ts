import { RefusedError } from '../capabilities.ts';

export { UnavailableError } from '../capabilities.ts';

/**
 * What an error means for its message.
 * `refused` (`RefusedError`): it can never be handled and goes to the dead letters.
 * `unavailable` (any error that has `retryAfterMs`, such as `UnavailableError` and `BrokerUnavailableError`):
 * it is delivered again, for as long as it takes.
 * `failed` (every other error): it is delivered again, and goes to the dead letters after
 * `policy.maxAttempts`.
 */
export type Failure = 'refused' | 'unavailable' | 'failed';

export function failureOf(error: unknown): Failure {
  if (error instanceof RefusedError) return 'refused';
  return error instanceof Error && 'retryAfterMs' in error ? 'unavailable' : 'failed';
}

/** How long such an error asks to wait. */
export function retryAfterMs(error: unknown): number | undefined {
  const ms = (error as { retryAfterMs?: unknown }).retryAfterMs;
  return typeof ms === 'number' && ms >= 0 ? ms : undefined;
}
