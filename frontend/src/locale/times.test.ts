import { expect, test } from 'vitest';
import { relativeTime } from './times.ts';

const now = new Date('2026-11-21T12:00:00Z');

test.each([
  ['2026-11-21T12:00:05Z', 'now'],
  ['2026-11-21T11:59:55Z', 'now'],
  ['2026-11-21T11:59:18Z', '42s ago'],
  ['2026-11-21T11:54:59Z', '5m ago'],
  ['2026-11-21T09:00:00Z', '3h ago'],
  ['2026-11-20T11:00:00Z', 'yesterday'],
  ['2026-11-01T11:00:00Z', '2w ago'],
  ['2024-11-01T11:00:00Z', '2y ago'],
])('shows %s as "%s"', (at, expected) => {
  expect(relativeTime(new Date(at), now)).toBe(expected);
});
