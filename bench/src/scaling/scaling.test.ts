import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRandom } from '../../../faults/src/seeded-random.ts';
import { type Demand, plan } from './plan.ts';
import { simulatePusher } from './simulate.ts';
import { readMeasured, scalingTable, simulationTable } from './table.ts';

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

test('docs/scaling.md has the tables of the figures in bench/README.md; otherwise: node bench/src/scaling/main.ts', () => {
  const document = read('docs/scaling.md');
  expect(document).toContain(scalingTable(measured));
  expect(document).toContain(simulationTable(measured));
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

test('simulated pushers are as busy as the arithmetic says, and fall behind when there are too few', () => {
  const demand = { ...small, sockets: 100_000, posts: 20 };
  const { pusher } = plan(measured, demand);
  const simulate = (pushers: number) =>
    simulatePusher(measured, demand, { pushers, seconds: 60, random: createRandom(1) });
  expect(simulate(pusher).busy).toBeCloseTo((demand.sockets * demand.posts) / pusher / measured.writes, 1);
  expect(simulate(pusher).mostWithinMs).toBeLessThan(1000);
  const tooFew = simulate(Math.floor(pusher / 2));
  expect(tooFew.busy).toBeGreaterThan(0.95);
  expect(tooFew.mostWithinMs).toBeGreaterThan(10 * simulate(pusher).mostWithinMs);
});

test('a figure that is missing is an error', () => {
  expect(() => readMeasured('| other | 1 |')).toThrow(/no row "POST/);
});
