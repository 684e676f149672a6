import { setImmediate } from 'node:timers/promises';

/** Longest that the event loop is held, about. */
const SLICE_MS = 8;

/** Calls `each` for all items in order, letting others run in between, and once more at the end: many calls may follow. */
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
