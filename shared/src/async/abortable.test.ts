import { expect, test } from 'vitest';
import { abortable } from './abortable.ts';

const never = new Promise<string>(() => undefined);

test('resolves to the result', async () => {
  expect(await abortable(Promise.resolve('result'), new AbortController().signal)).toBe('result');
});

test('rejects when the signal aborts', async () => {
  const stop = new AbortController();
  const waiting = abortable(never, stop.signal);
  stop.abort(new Error('closing'));
  await expect(waiting).rejects.toThrow('closing');
});

test('rejects when the signal has already aborted', async () => {
  await expect(abortable(never, AbortSignal.abort(new Error('closed')))).rejects.toThrow('closed');
});
