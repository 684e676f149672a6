import { afterEach, expect, test, vi } from 'vitest';
import { readServerTime, serverTime } from './clock.ts';

afterEach(() => {
  readServerTime(new Date().toUTCString());
  vi.useRealTimers();
});

test.each([
  ['an hour ahead', '2026-11-21T13:00:00Z'],
  ['a day behind', '2026-11-20T12:00:00Z'],
])('knows the time of the server when the clock of the reader is %s', (_, local) => {
  vi.useFakeTimers({ now: new Date(local) });
  readServerTime('Sat, 21 Nov 2026 12:00:00 GMT');
  expect(serverTime(new Date())).toEqual(new Date('2026-11-21T12:00:00Z'));
});

test.each(['Sat, 21 Nov 2026 12:00:00 GMT', undefined, 'soon'])(
  'keeps a clock that is right (%s)',
  (date) => {
    vi.useFakeTimers({ now: new Date('2026-11-21T12:00:02Z') });
    readServerTime(date);
    expect(serverTime(new Date())).toEqual(new Date('2026-11-21T12:00:02Z'));
  },
);
