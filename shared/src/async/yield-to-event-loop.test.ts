import { expect, test } from 'vitest';
import { forEachYielding } from './yield-to-event-loop.ts';

/** Work of so many milliseconds. */
function spend(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('items are taken in order, and others get their turn in between', async () => {
  const items = Array.from({ length: 60 }, (_, i) => i);
  const taken: number[] = [];
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  await forEachYielding(items, (item) => {
    taken.push(item);
    spend(1);
  });
  clearInterval(others);
  expect(taken).toEqual(items);
  expect(turns).toBeGreaterThanOrEqual(3);
});

test('others get their turn between one small call and the next', async () => {
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  for (let i = 0; i < 30; i++) await forEachYielding([1], () => spend(1));
  clearInterval(others);
  expect(turns).toBeGreaterThanOrEqual(3);
});

test('a failure ends it', async () => {
  const failing = forEachYielding([1, 2, 3], (item) => {
    if (item === 2) throw new Error('two');
  });
  await expect(failing).rejects.toThrow('two');
});
