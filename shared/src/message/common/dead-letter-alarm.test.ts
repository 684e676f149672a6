import { expect, test, vi } from 'vitest';
import { createDeadLetterAlarm } from './dead-letter-alarm.ts';

test('logs the first rejection immediately, and the further ones as a number once a minute', async () => {
  let nowMs = 1000;
  const error = vi.fn();
  const watch = createDeadLetterAlarm({ error }, () => nowMs);
  const reject = () => watch(() => Promise.reject(new Error('full')));
  for (let i = 0; i < 100; i++) expect(await reject()).toBe(false);
  expect(await watch(() => Promise.resolve())).toBe(true);
  expect(error.mock.calls.map(([{ rejections }]) => rejections)).toEqual([1]);
  nowMs += 60_000;
  await reject();
  expect(error.mock.calls.map(([{ rejections }]) => rejections)).toEqual([1, 100]);
});
