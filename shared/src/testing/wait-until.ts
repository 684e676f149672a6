import { sleep } from '../async/sleep.ts';

/** Something is still missing after the time allowed for it. */
export class WaitTimeoutError extends Error {
  override name = 'WaitTimeoutError';
}

/** What is still missing, as a sentence; `undefined` if nothing is. */
type Missing = string | undefined;

/**
 * Calls `findMissing` every `intervalMs` until it returns `undefined`; an error that it throws counts as a
 * sentence. Rejects with `WaitTimeoutError` and the last sentence after `timeoutMs`. Unlike `vi.waitFor` it
 * works outside of tests.
 */
export async function waitUntil(
  findMissing: () => Missing | Promise<Missing>,
  { timeoutMs = 60_000, intervalMs = 100 } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const missing = await Promise.try(findMissing).catch(String);
    if (missing === undefined) return;
    if (performance.now() > deadline) throw new WaitTimeoutError(`after ${timeoutMs / 1000} s: ${missing}`);
    await sleep(intervalMs);
  }
}
