import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RefusedError } from '../../capabilities.ts';
import { UnavailableError } from '../failure.ts';
import { incoming } from '../testing/samples.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { HandlerTimeoutError } from './timeout.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const { signal } = new AbortController();

function broken(first: unknown) {
  let error = first;
  let calls = 0;
  const handle = circuitBreaker({ failures: 3, openMs: 1000 })(
    async () => {
      calls++;
      if (error) throw error;
    },
    { name: 'h' },
  );
  return {
    calls: () => calls,
    fix: (next?: unknown) => {
      error = next;
    },
    attempt: () =>
      handle(incoming('1'), signal).then(
        () => 'handled',
        (thrown: unknown) => thrown,
      ),
  };
}

test.each([new UnavailableError('down'), new HandlerTimeoutError('slow')])(
  'after several failures in a row messages wait without being handled (%s)',
  async (error) => {
    const { attempt, calls, fix } = broken(error);
    for (let i = 0; i < 3; i++) expect(await attempt()).toBe(error);
    vi.advanceTimersByTime(400);
    const paused = await attempt();
    expect(paused).toBeInstanceOf(UnavailableError);
    expect(paused).toMatchObject({ message: 'h failed 3 times in a row and pauses', retryAfterMs: 600 });
    expect(calls()).toBe(3);
    fix();
    vi.advanceTimersByTime(600);
    expect([await attempt(), await attempt()]).toEqual(['handled', 'handled']);
  },
);

test('one message tries after the pause, and when it fails the pause begins again', async () => {
  const { attempt, calls } = broken(new UnavailableError('down'));
  for (let i = 0; i < 3; i++) await attempt();
  vi.advanceTimersByTime(1000);
  const tried = await Promise.all([attempt(), attempt(), attempt()]);
  expect(calls()).toBe(4);
  expect(tried.slice(1)).toMatchObject([{ retryAfterMs: 1000 }, { retryAfterMs: 1000 }]);
});

test.each([new RefusedError('bad message'), new TypeError('a bug')])(
  'what a message itself is to blame for does not count (%s)',
  async (error) => {
    const { attempt, calls } = broken(error);
    for (let i = 0; i < 10; i++) expect(await attempt()).toBe(error);
    expect(calls()).toBe(10);
  },
);
