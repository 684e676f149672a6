import { expect, test } from 'vitest';
import { RestartDelay } from './restart-delay.ts';

test('grows while runs are short, and is reset by one that lasted', () => {
  const delay = new RestartDelay(2000);
  expect(delay.after(60_000)).toBeLessThanOrEqual(100);
  expect(delay.after(0)).toBeGreaterThanOrEqual(100);
  for (let run = 0; run < 5; run++) delay.after(100);
  expect(delay.after(100)).toBeGreaterThanOrEqual(1000);
  expect(delay.after(60_000)).toBeLessThanOrEqual(100);
});

test('is never longer than the longest', () => {
  const delay = new RestartDelay(250);
  for (let run = 0; run < 50; run++) expect(delay.after(0)).toBeLessThanOrEqual(250);
});
