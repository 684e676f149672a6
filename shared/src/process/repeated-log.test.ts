import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogger } from './logger.ts';
import { createRepeatedLog } from './repeated-log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createSubject() {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  return { lines, log: createRepeatedLog(logger, 'warn', { everyMs: 10_000 }) };
}

test('a failure that repeats is one line, and one with the count and the last details', () => {
  const { lines, log } = createSubject();
  for (let n = 1; n <= 1000; n++)
    log({ err: new Error('refused'), requestId: `r${n}` }, 'search is unavailable');
  expect(lines).toMatchObject([
    { msg: 'search is unavailable', requestId: 'r1', err: { message: 'refused' } },
  ]);
  vi.advanceTimersByTime(10_000);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({
    msg: 'search is unavailable',
    repeated: 999,
    requestId: 'r1000',
    reason: 'refused',
  });
  expect(lines[1]).not.toHaveProperty('err');
});

test('each kind of failure is counted apart, and logged again after a pause', () => {
  const { lines, log } = createSubject();
  log({ err: new Error('refused') }, 'search is unavailable');
  log({ err: new Error('too late') }, 'search is unavailable');
  log({ err: new Error('refused') }, 'Could not fetch meows');
  expect(lines).toHaveLength(3);
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(3);
  log({ err: new Error('refused') }, 'search is unavailable');
  expect(lines).toHaveLength(4);
});

test('what goes on failing is logged once each interval', () => {
  const { lines, log } = createSubject();
  for (let second = 0; second < 60; second++) {
    log({ err: new Error('refused') }, 'search is unavailable');
    vi.advanceTimersByTime(1000);
  }
  expect(lines).toHaveLength(7);
  expect(1 + lines.slice(1).reduce((sum, line) => sum + Number(line.repeated), 0)).toBe(60);
});
