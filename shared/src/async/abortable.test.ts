import { expect, test } from 'vitest';
import { abortable } from './abortable.ts';

const never = new Promise<string>(() => undefined);

test('gives the result when it comes in time', async () => {
  expect(await abortable(Promise.resolve('there'), new AbortController().signal)).toBe('there');
});

test('ends a wait that has begun', async () => {
  const stop = new AbortController();
  const waiting = abortable(never, stop.signal);
  stop.abort(new Error('closing'));
  await expect(waiting).rejects.toThrow('closing');
});

test('does not begin to wait for a signal that has come', async () => {
  await expect(abortable(never, AbortSignal.abort(new Error('closed')))).rejects.toThrow('closed');
});
