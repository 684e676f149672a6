import { setTimeout as pause } from 'node:timers/promises';

/** Resolves when it is true; asks again every few milliseconds. Rejects after `timeoutMs`. */
export async function until(isTrue: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`not so after ${timeoutMs} ms: ${isTrue}`);
    await pause(5);
  }
}
