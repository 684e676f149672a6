import { expect, test } from 'vitest';
import { forEachYielding } from './yield-to-event-loop.ts';

/** Blocks for so many milliseconds. */
function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('handles items in order, and other tasks run in between', async () => {
  const items = Array.from({ length: 60 }, (_, i) => i);
  const handled: number[] = [];
  let turns = 0;
  const otherTask = setInterval(() => turns++, 1);
  await forEachYielding(items, (item) => {
    handled.push(item);
    block(1);
  });
  clearInterval(otherTask);
  expect(handled).toEqual(items);
  expect(turns).toBeGreaterThanOrEqual(3);
});

test('other tasks run between one small call and the next', async () => {
  let turns = 0;
  const otherTask = setInterval(() => turns++, 1);
  for (let i = 0; i < 30; i++) await forEachYielding([1], () => block(1));
  clearInterval(otherTask);
  expect(turns).toBeGreaterThanOrEqual(3);
});

test('a failure ends the loop', async () => {
  const failing = forEachYielding([1, 2, 3], (item) => {
    if (item === 2) throw new Error('two');
  });
  await expect(failing).rejects.toThrow('two');
});
