import { expect, test } from 'vitest';
import { WaitTimeoutError, waitUntil } from './wait-until.ts';

test('calls again until nothing is missing, also after an error', async () => {
  const results = [
    () => 'a meow is missing',
    () => Promise.reject(new Error('not connected')),
    () => undefined,
  ];
  await waitUntil(() => results.shift()?.(), { intervalMs: 1 });
  expect(results).toEqual([]);
});

test('rejects with what was missing last', async () => {
  const waiting = waitUntil(() => 'two meows are missing', { timeoutMs: 20, intervalMs: 1 });
  await expect(waiting).rejects.toThrow(new WaitTimeoutError('after 0.02 s: two meows are missing'));
});

test('rejects with the last error', async () => {
  const fail = () => {
    throw new Error('not connected');
  };
  await expect(waitUntil(fail, { timeoutMs: 0 })).rejects.toThrow('not connected');
});
