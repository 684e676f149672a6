import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const limits = { firstMs: 100, longestMs: 2000 };

test('doubles from the first delay to the longest, for any number of attempts', () => {
  const delays = [1, 2, 3, 5, 6, 5000].map((attempt) => backoffMs(attempt, { ...limits, jitter: 0 }));
  expect(delays).toEqual([100, 200, 400, 1600, 2000, 2000]);
});

test('is shortened at random by up to the share given', () => {
  expect(backoffMs(3, { ...limits, jitter: 0.25 }, () => 0)).toBe(400);
  expect(backoffMs(3, { ...limits, jitter: 0.25 }, () => 0.5)).toBe(350);
  expect(backoffMs(50, limits, () => 1)).toBe(1000);
});
