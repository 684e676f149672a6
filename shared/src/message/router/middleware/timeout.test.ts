import { expect, test } from 'vitest';
import { incoming } from '../testing/samples.ts';
import { HandlerTimeoutError, timeout } from './timeout.ts';

test('aborts the signal of a handler that takes too long, and the message has failed', async () => {
  let reason: unknown;
  const handle = timeout(5)(
    (_, signal) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return new Promise(() => {});
    },
    { name: 'h' },
  );
  const handled = handle(incoming('1'), new AbortController().signal);
  await expect(handled).rejects.toThrow('h has not handled the message in 5 ms');
  expect(reason).toBeInstanceOf(HandlerTimeoutError);
});

test('passes on that the message was revoked, also when that was before', async () => {
  const seen: unknown[] = [];
  const handle = timeout(60_000)(
    (_, signal) => {
      seen.push(signal.reason);
      return new Promise(() => {});
    },
    { name: 'h' },
  );
  await expect(handle(incoming('1'), AbortSignal.abort('revoked'))).rejects.toBe('revoked');
  expect(seen).toEqual(['revoked']);
});

test('a handler that is done in time keeps its signal and its result', async () => {
  let own: AbortSignal | undefined;
  const outgoing = [{ payload: Buffer.from('') }];
  const handle = timeout(5)(
    async (_, signal) => {
      own = signal;
      return outgoing;
    },
    { name: 'h' },
  );
  expect(await handle(incoming('1'), new AbortController().signal)).toBe(outgoing);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(own?.aborted).toBe(false);
});
