import {
  ConsecutiveBreaker,
  circuitBreaker as createBreaker,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import { failureOf, UnavailableError } from '../failure.ts';
import type { Middleware } from '../handler.ts';
import { HandlerTimeoutError } from './timeout.ts';

interface CircuitBreakerOptions {
  /** So many such failures in a row open the circuit. Default 5. */
  failures?: number;
  /** How long it stays open; then one message tries. Default 10 s. */
  openMs?: number;
  /**
   * The failures that count. Default: something is unavailable, or the handler took too long
   * (`policy.timeoutMs`).
   */
  counts?: (error: unknown) => boolean;
}

/**
 * After several failures in a row, messages wait (as unavailable) without being handled, until one that tries
 * succeeds.
 */
export function circuitBreaker({
  failures = 5,
  openMs = 10_000,
  counts = isOutage,
}: CircuitBreakerOptions = {}): Middleware {
  return (next, { name }) => {
    const breaker = createBreaker(handleWhen(counts), {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(failures),
    });
    let opensAgainMs = 0;
    breaker.onBreak(() => {
      opensAgainMs = performance.now() + openMs;
    });
    return async (message, signal) => {
      try {
        return await breaker.execute(() => next(message, signal));
      } catch (error) {
        if (!isBrokenCircuitError(error)) throw error;
        const retryAfterMs = Math.max(0, opensAgainMs - performance.now());
        throw new UnavailableError(`${name} failed ${failures} times in a row and pauses`, {
          retryAfterMs,
          cause: error,
        });
      }
    };
  };
}

function isOutage(error: unknown): boolean {
  return failureOf(error) === 'unavailable' || error instanceof HandlerTimeoutError;
}
