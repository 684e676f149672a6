import { expect, test, vi } from 'vitest';
import { checkParts } from './readiness.ts';

test('is ready when every part is', async () => {
  const parts = [{ name: 'postgres', check: async () => {} }];
  expect(await checkParts(parts)).toEqual({ ready: true, parts: { postgres: 'ok' } });
});

test('names the part that is missing, and why', async () => {
  const parts = [
    { name: 'postgres', check: async () => {} },
    { name: 'nats', check: () => Promise.reject(new Error('not connected')) },
  ];
  expect(await checkParts(parts)).toEqual({ ready: false, parts: { postgres: 'ok', nats: 'not connected' } });
});

test('a part that does not answer counts as missing after a second', async () => {
  vi.useFakeTimers();
  const checking = checkParts([{ name: 'nats', check: () => new Promise(() => undefined) }]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await checking).toEqual({ ready: false, parts: { nats: 'no answer within 1000 ms' } });
  vi.useRealTimers();
});
