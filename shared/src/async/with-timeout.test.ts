import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withTimeout } from './with-timeout.ts';

const late = () => new Error('too late');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('resolves or rejects as the promise does, and leaves no timer', async () => {
  expect(await withTimeout(Promise.resolve(7), 1000, late)).toBe(7);
  await expect(withTimeout(Promise.reject(new Error('no')), 1000, late)).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
});

test('rejects when the time is over; a later rejection of the promise is handled', async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  const result = expect(withTimeout(promise, 1000, late)).rejects.toThrow('too late');
  await vi.advanceTimersByTimeAsync(1000);
  await result;
  reject(new Error('later'));
  await vi.advanceTimersByTimeAsync(1);
});
