import { expect, test, vi } from 'vitest';
import { DeadLetterAlarm } from './dead-letter-alarm.ts';

test('logs the first rejection immediately, and the further ones as a number once a minute', () => {
  let nowMs = 1000;
  const error = vi.fn();
  const alarm = new DeadLetterAlarm({ error }, () => nowMs);
  for (let i = 0; i < 100; i++) alarm.raise(new Error('full'));
  expect(error.mock.calls.map(([{ rejections }]) => rejections)).toEqual([1]);
  nowMs += 60_000;
  alarm.raise(new Error('full'));
  expect(error.mock.calls.map(([{ rejections }]) => rejections)).toEqual([1, 100]);
});
