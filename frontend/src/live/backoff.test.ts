import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('The longest wait doubles up to half a minute', () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 50].map((attempt) => backoffMs(attempt, () => 1));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('A thousand browsers that lost a server at one moment come back spread over the whole span', () => {
  const waits = Array.from({ length: 1_000 }, () => backoffMs(4, Math.random));
  const tenths = new Set(waits.map((wait) => Math.floor(wait / 1_600)));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(250);
  expect(tenths.size).toBeGreaterThanOrEqual(10);
});
