import { expect, test } from 'vitest';
import { Ring } from './ring.ts';

const ringOf = (limit: number, ...seqs: number[]) => {
  const ring = new Ring(limit);
  for (const seq of seqs) ring.push({ seq, id: 'id', frame: Buffer.of(seq) });
  return ring;
};
const after = (ring: Ring, cursor: number) => ring.after(cursor, 100)?.map(({ seq }) => seq);

test('returns the frames after a cursor, in order', () => {
  const ring = ringOf(10, 5, 6, 8);
  expect(after(ring, 4)).toEqual([5, 6, 8]);
  expect(after(ring, 6)).toEqual([8]);
  expect(after(ring, 7)).toEqual([8]);
  expect(after(ring, 8)).toEqual([]);
});

test('returns no more frames than the limit', () => {
  expect(
    ringOf(10, 5, 6, 8)
      .after(4, 2)
      ?.map(({ seq }) => seq),
  ).toEqual([5, 6]);
});

test('returns nothing when a frame after the cursor is gone', () => {
  const ring = ringOf(10, 5, 6);
  expect(after(ring, 3)).toBeUndefined();
});

test('returns nothing for a cursor ahead of the newest frame', () => {
  const ring = ringOf(10, 5, 6);
  expect(after(ring, 7)).toBeUndefined();
  expect(after(ring, 6)).toEqual([]);
});

test('drops the oldest frames, and reports the gap', () => {
  const ring = ringOf(2, 1, 2, 3, 4);
  expect(after(ring, 1)).toBeUndefined();
  expect(after(ring, 2)).toEqual([3, 4]);
});

test('is complete from its start, before the first frame', () => {
  const ring = new Ring(2);
  expect(after(ring, 7)).toBeUndefined();
  ring.startAfter(7);
  expect(after(ring, 7)).toEqual([]);
  ring.push({ seq: 9, id: 'id', frame: Buffer.of(9) });
  expect(after(ring, 7)).toEqual([9]);
});

test('a start set late keeps the frames that have come', () => {
  const ring = ringOf(2, 8);
  ring.startAfter(7);
  expect(after(ring, 7)).toEqual([8]);
});

test('an event without a frame advances the end', () => {
  const ring = ringOf(10, 5);
  ring.skip(6);
  ring.push({ seq: 7, id: 'id', frame: Buffer.of(7) });
  expect(after(ring, 6)).toEqual([7]);
  expect(after(ring, 5)).toEqual([7]);
});

test('returns no frames from before a reset', () => {
  const ring = ringOf(10, 5, 6);
  ring.reset();
  expect(after(ring, 5)).toBeUndefined();
  ring.push({ seq: 100, id: 'id', frame: Buffer.of(100) });
  expect(after(ring, 6)).toBeUndefined();
  expect(after(ring, 99)).toEqual([100]);
});
