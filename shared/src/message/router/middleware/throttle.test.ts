import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { UnavailableError } from '../failure.ts';
import { incoming } from '../testing/samples.ts';
import { type ThrottleOptions, throttle } from './throttle.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const { signal } = new AbortController();

function throttled(options: ThrottleOptions) {
  const handledAt: number[] = [];
  const begin = performance.now();
  const handle = throttle(options)(async () => void handledAt.push(Math.round(performance.now() - begin)), {
    name: 'h',
  });
  return { handle, handledAt };
}

test('lets messages through evenly spaced, none faster after a pause', async () => {
  const { handle, handledAt } = throttled({ perSecond: 10 });
  await Promise.all([handle(incoming('1'), signal), vi.advanceTimersByTimeAsync(1000)]);
  const rest = ['2', '3', '4'].map((id) => handle(incoming(id), signal));
  await vi.advanceTimersByTimeAsync(1000);
  await Promise.all(rest);
  expect(handledAt).toEqual([0, 1000, 1100, 1200]);
});

test('a message that would wait too long is delivered again when its turn may have come', async () => {
  const { handle, handledAt } = throttled({ perSecond: 2, maxWaitMs: 400 });
  await handle(incoming('1'), signal);
  const error = await handle(incoming('2'), signal).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UnavailableError);
  expect(error).toMatchObject({ retryAfterMs: 500 });
  await vi.advanceTimersByTimeAsync(500);
  await handle(incoming('2'), signal);
  expect(handledAt).toEqual([0, 500]);
});

test('one that waits for its recipient does not hold up those to others', async () => {
  const { handle, handledAt } = throttled({ perSecond: 1, by: ({ key = '' }) => key });
  const all = [incoming('1', 'a'), incoming('2', 'a'), incoming('3', 'b')].map((each) =>
    handle(each, signal),
  );
  await vi.advanceTimersByTimeAsync(1000);
  await Promise.all(all);
  expect(handledAt).toEqual([0, 0, 1000]);
});

test('a message that is revoked while it waits is not handled', async () => {
  const { handle, handledAt } = throttled({ perSecond: 1 });
  const controller = new AbortController();
  await handle(incoming('1'), signal);
  const waiting = handle(incoming('2'), controller.signal);
  controller.abort(new Error('revoked'));
  await expect(waiting).rejects.toThrow('revoked');
  expect(handledAt).toHaveLength(1);
});
