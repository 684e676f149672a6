import { RefusedError } from '../capabilities.ts';

/** What a handler depends on is unavailable: its message waits as long as it takes. */
export class UnavailableError extends Error {
  override name = 'UnavailableError';
  /** How long to wait before the next attempt. Default: the back-off of the handler's policy. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

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
