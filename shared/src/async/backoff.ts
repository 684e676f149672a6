export interface Backoff {
  /** Delay after the first failure. It doubles with each further one. */
  firstMs: number;
  longestMs: number;
  /**
   * Share of the delay that is random, 0 to 1. Default 0.5: clients that failed together do not return
   * together.
   */
  jitter?: number;
}

/**
 * How long to wait after `attempt` (1 is the first) has failed: exponential, shortened by up to `jitter` of
 * it.
 */
export function backoffMs(
  attempt: number,
  { firstMs, longestMs, jitter = 0.5 }: Backoff,
  random: () => number = Math.random,
): number {
  const delayMs = Math.min(longestMs, firstMs * 2 ** (attempt - 1));
  return delayMs * (1 - jitter * random());
}
