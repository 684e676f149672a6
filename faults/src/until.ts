import { setTimeout as sleep } from 'node:timers/promises';

/** Something that had to become true has not. */
export class NotTrueError extends Error {
  override name = 'NotTrueError';
}

/**
 * Asks again until there is nothing missing; rejects with `NotTrueError` when that takes longer than `timeoutMs`. `missing` gives the sentence that says what is not
 * true yet, or `undefined`; an error counts as such a sentence.
 */
export async function until(
  missing: () => Promise<string | undefined>,
  timeoutMs: number,
  everyMs = 100,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const sentence = await missing().catch((error: unknown) => String(error));
    if (sentence === undefined) return;
    if (performance.now() > deadline)
      throw new NotTrueError(`after ${Math.round(timeoutMs / 1000)} s: ${sentence}`);
    await sleep(everyMs);
  }
}
