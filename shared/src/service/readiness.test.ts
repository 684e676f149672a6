import { expect, test } from 'vitest';
import { checkReadiness } from './readiness.ts';

test('is ready when every check passes', async () => {
  const checks = [{ name: 'postgres', check: async () => {} }];
  expect(await checkReadiness(checks)).toEqual({ ready: true, checks: { postgres: 'ok' } });
});

test('names the check that fails, with the reason', async () => {
  const checks = [
    { name: 'postgres', check: async () => {} },
    { name: 'nats', check: () => Promise.reject(new Error('not connected')) },
  ];
  expect(await checkReadiness(checks)).toEqual({
    ready: false,
    checks: { postgres: 'ok', nats: 'not connected' },
  });
});

test('is ready although an optional check fails, and names it', async () => {
  const checks = [
    { name: 'postgres', check: async () => {} },
    { name: 'nats', optional: true, check: () => Promise.reject(new Error('not connected')) },
  ];
  expect(await checkReadiness(checks)).toEqual({
    ready: true,
    checks: { postgres: 'ok', nats: 'not connected' },
  });
});

test('a check that has not ended after a second has failed', async () => {
  const check = () => new Promise<void>(() => undefined);
  expect(await checkReadiness([{ name: 'nats', check }])).toEqual({
    ready: false,
    checks: { nats: 'no answer within 1000 ms' },
  });
});
