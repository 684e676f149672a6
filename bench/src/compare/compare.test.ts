import { expect, test } from 'vitest';
import type { BenchmarkRow } from '../rows.ts';
import { compareRows } from './compare.ts';

const row = (measure: string, median: number): BenchmarkRow => ({
  benchmark: 'post',
  measure,
  unit: 'req/s',
  value: { median, min: median, max: median },
});

test('compares each measure that both revisions have, turn by turn', () => {
  const own = [
    [row('a', 20), row('a', 20), row('new', 1)],
    [row('a', 60), row('new', 1)],
    [row('a', 30), row('new', 1)],
  ];
  const others = [[row('a', 10)], [row('a', 20)], [row('a', 30)]];

  const rows = compareRows(own, others, 'main~1');

  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    measure: 'a',
    value: { median: 30 },
    reference: { name: 'main~1', value: { median: 20 }, ratio: { median: 2, min: 1, max: 3 } },
  });
});
