import { expect, test } from 'vitest';
import { Ring } from './ring.ts';

const ringOf = (limit: number, ...seqs: number[]) => {
  const ring = new Ring(limit);
  for (const seq of seqs) ring.push({ seq, frame: Buffer.of(seq) });
  return ring;
};
const after = (ring: Ring, cursor: number) => ring.after(cursor, 100)?.map(({ seq }) => seq);

test('gives what came after a cursor, in order', () => {
  const ring = ringOf(10, 5, 6, 8);
  expect(after(ring, 4)).toEqual([5, 6, 8]);
  expect(after(ring, 6)).toEqual([8]);
  expect(after(ring, 7)).toEqual([8]);
  expect(after(ring, 8)).toEqual([]);
});

test('gives no more than asked for', () => {
  expect(
    ringOf(10, 5, 6, 8)
      .after(4, 2)
      ?.map(({ seq }) => seq),
  ).toEqual([5, 6]);
});

test('does not serve what it cannot serve whole', () => {
  const ring = ringOf(10, 5, 6);
  expect(after(ring, 3)).toBeUndefined();
});

test('does not serve a cursor that is ahead of it', () => {
  const ring = ringOf(10, 5, 6);
  expect(after(ring, 7)).toBeUndefined();
  expect(after(ring, 6)).toEqual([]);
});

test('drops the oldest, and knows that they are gone', () => {
  const ring = ringOf(2, 1, 2, 3, 4);
  expect(after(ring, 1)).toBeUndefined();
  expect(after(ring, 2)).toEqual([3, 4]);
});

test('is complete from where it begins, before anything has come', () => {
  const ring = new Ring(2);
  expect(after(ring, 7)).toBeUndefined();
  ring.begin(7);
  expect(after(ring, 7)).toEqual([]);
  ring.push({ seq: 9, frame: Buffer.of(9) });
  expect(after(ring, 7)).toEqual([9]);
});

test('beginning does not forget what has come already', () => {
  const ring = ringOf(2, 8);
  ring.begin(7);
  expect(after(ring, 7)).toEqual([8]);
});

test('an event without a frame moves it on', () => {
  const ring = ringOf(10, 5);
  ring.pass(6);
  ring.push({ seq: 7, frame: Buffer.of(7) });
  expect(after(ring, 6)).toEqual([7]);
  expect(after(ring, 5)).toEqual([7]);
});

test('after a reset nothing of before is served', () => {
  const ring = ringOf(10, 5, 6);
  ring.reset();
  expect(after(ring, 5)).toBeUndefined();
  ring.push({ seq: 100, frame: Buffer.of(100) });
  expect(after(ring, 6)).toBeUndefined();
  expect(after(ring, 99)).toEqual([100]);
});
