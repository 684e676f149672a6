import { expect, test } from 'vitest';
import { FairLine } from './fair-line.ts';

function lineOf(...items: string[]): FairLine<string> {
  const line = new FairLine<string>();
  for (const item of items) line.add(item.slice(0, 1), item);
  return line;
}

const take = (line: FairLine<string>, count: number) => Array.from({ length: count }, () => line.next());

test('clients take turns, each in the order of its items', () => {
  const line = lineOf('a1', 'a2', 'a3', 'b1', 'c1', 'b2');
  expect(line.size).toBe(6);
  expect(take(line, 7)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', undefined]);
  expect(line.size).toBe(0);
});

test('a client without a recent turn comes before all that had one', () => {
  const line = lineOf('a1', 'b1', 'c1', 'd1', 'b2', 'c2', 'd2', 'b3', 'c3', 'd3');
  expect(take(line, 6)).toEqual(['a1', 'b1', 'c1', 'd1', 'b2', 'c2']);
  line.add('a', 'a2');
  expect(take(line, 3)).toEqual(['a2', 'd2', 'b3']);
});

test('a turn without waiting counts', () => {
  const line = new FairLine<string>();
  line.hadTurn('a');
  line.add('a', 'a1');
  line.add('b', 'b1');
  expect(take(line, 2)).toEqual(['b1', 'a1']);
});

test('clients with new names do not keep one that waits from its turn', () => {
  const line = lineOf('a1', 'a2');
  line.next();
  let turns = 0;
  do {
    line.add(`new ${turns}`, 'new');
    turns++;
  } while (line.next() !== 'a2');
  expect(turns).toBeGreaterThan(100);
  expect(turns).toBeLessThan(2000);
});
