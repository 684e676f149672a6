import { setImmediate } from 'node:timers/promises';

/** About how long the event loop is blocked at most. */
const SLICE_MS = 8;

/**
 * Calls `each` for all items in order. Yields to the event loop in between, and once at the end, because many
 * calls may follow one another.
 */
export async function forEachYielding<T>(items: readonly T[], each: (item: T) => void): Promise<void> {
  let sliceEnds = performance.now() + SLICE_MS;
  for (const item of items) {
    if (performance.now() >= sliceEnds) {
      await setImmediate();
      sliceEnds = performance.now() + SLICE_MS;
    }
    each(item);
  }
  await setImmediate();
}
