import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Demand, plan } from './plan.ts';
import { readMeasured, scalingTable } from './table.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const measured = readMeasured(read('bench/README.md'));
const small: Demand = {
  sockets: 100,
  posts: 1,
  share: 1,
  listsPerMinute: 1,
  searchesPerMinute: 0,
  meows: 1000,
};

test('docs/scaling.md has the table of the figures in bench/README.md; otherwise: node bench/src/scaling/main.ts', () => {
  expect(read('docs/scaling.md')).toContain(scalingTable(measured));
});

test('a small deployment needs one of each', () => {
  expect(plan(measured, small)).toMatchObject({
    meow: 1,
    postgres: 1,
    streams: 1,
    query: 1,
    elasticsearch: 1,
    pusher: 1,
  });
});

test('twice the sockets need twice the pushers, and nothing else for posts', () => {
  const one = plan(measured, { ...small, sockets: 1_000_000 });
  const two = plan(measured, { ...small, sockets: 2_000_000 });
  expect(two.pusher).toBe(2 * one.pusher);
  expect(two).toMatchObject({ meow: one.meow, postgres: one.postgres, streams: one.streams });
});

test('a figure that is missing is an error', () => {
  expect(() => readMeasured('| other | 1 |')).toThrow(/no row "POST/);
});
