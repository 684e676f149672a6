import { expect, test } from 'vitest';
import { inSlices } from './slices.ts';

test('items are taken in order, and others get their turn in between', async () => {
  const items = Array.from({ length: 60 }, (_, i) => i);
  const taken: number[] = [];
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  await inSlices(items, (item) => {
    taken.push(item);
    // Work of a millisecond, which is all that counts here.
    for (const end = performance.now() + 1; performance.now() < end; );
  });
  clearInterval(others);
  expect(taken).toEqual(items);
  expect(turns).toBeGreaterThanOrEqual(3);
});

test('a failure ends it', async () => {
  const failing = inSlices([1, 2, 3], (item) => {
    if (item === 2) throw new Error('two');
  });
  await expect(failing).rejects.toThrow('two');
});
