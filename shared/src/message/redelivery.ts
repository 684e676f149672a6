const FIRST_MS = 100;
const LONGEST_MS = 30_000;

/** How long to wait after the given attempt failed: 100 ms, doubling to 30 s. */
export function redeliveryDelayMs(attempt: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 20));
}
