import KSUID from 'ksuid';
import { expect, test } from 'vitest';
import { createIdGenerator, earliestId, isMeowId } from './meow-id.ts';

const noon = Date.UTC(2026, 10, 21, 12);

test('a thousand ids of one millisecond sort in the order of their creation', () => {
  const next = createIdGenerator({ now: () => noon });
  const ids = Array.from({ length: 1000 }, () => next().id);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(1000);
});

test('ids of one second sort in the order of their creation', () => {
  let now = noon;
  const next = createIdGenerator({ now: () => now++ });
  const ids = Array.from({ length: 999 }, () => next().id);
  expect([...ids].sort()).toEqual(ids);
});

test('order holds when the clock is set back', () => {
  const clock = [noon, noon - 60_000, noon - 60_000, noon + 1];
  const next = createIdGenerator({ now: () => clock.shift() as number });
  const ids = [next().id, next().id, next().id, next().id];
  expect([...ids].sort()).toEqual(ids);
});

test('order holds when the counter of one instant is full', () => {
  const next = createIdGenerator({ now: () => noon });
  const ids = Array.from({ length: 2 ** 16 + 2 }, () => next().id).slice(-4);
  expect([...ids].sort()).toEqual(ids);
});

test('an id is a valid KSUID of the creation time', () => {
  const { id, createdAt } = createIdGenerator({ now: () => noon + 123 })();
  const ksuid = KSUID.parse(id);
  expect(id).toHaveLength(27);
  expect(ksuid.date.toISOString()).toBe('2026-11-21T12:00:00.000Z');
  expect(createdAt).toBe('2026-11-21T12:00:00.123000Z');
});

test('the earliest id of an instant is below all ids made then, and above those of the second before', () => {
  const before = createIdGenerator({ now: () => noon - 1 })().id;
  const then = createIdGenerator({ now: () => noon, random: (bytes) => bytes.fill(0) })().id;
  expect(earliestId(noon) > before).toBe(true);
  expect(earliestId(noon) <= then).toBe(true);
});

test('every generated id is one', () => {
  expect(isMeowId(createIdGenerator()().id)).toBe(true);
});

test.each([
  ['nothing', ''],
  ['26 characters', '0'.repeat(26)],
  ['28 characters', '0'.repeat(28)],
  ['a character that is no digit of base 62', `${'0'.repeat(26)}-`],
  ['27 characters outside of ASCII', 'ü'.repeat(27)],
  ['more than 20 bytes', 'aWgEPTl1tmebfsQzFP4bxwgy80W'],
])('%s is not an id', (_, text) => {
  expect(isMeowId(text)).toBe(false);
});
