import { describe, expect, it } from 'vitest';
import { ratioRow, valueRow } from './rows.ts';

const row = { measure: 'POST /meows', unit: 'req/s', metric: 'perSecond' };

describe('ratioRow', () => {
  it('compares each round with the same round of the reference', () => {
    const rounds = [
      [{ perSecond: 10 }, { perSecond: 40 }, { perSecond: 90 }],
      [{ perSecond: 10 }, { perSecond: 20 }, { perSecond: 30 }],
    ];

    const { reference, target } = ratioRow(
      rounds,
      { ...row, target: { atLeast: 2 } },
      { name: 'pgbench', contender: 1 },
    );

    expect(reference).toMatchObject({ name: 'pgbench', ratio: { median: 2, min: 1, max: 3 } });
    expect(target?.met).toBe(true);
  });

  it('misses its target if a value is missing', () => {
    const { target } = ratioRow(
      [[{}], [{}]],
      { ...row, target: { atLeast: 1 } },
      { name: 'x', contender: 1 },
    );

    expect(target?.met).toBe(false);
  });
});

describe('valueRow', () => {
  it('compares the value itself with its target', () => {
    const rounds = [[{ perSecond: 3 }, { perSecond: 5 }]];

    expect(valueRow(rounds, { ...row, target: { atMost: 3 } }).target?.met).toBe(false);
    expect(valueRow(rounds, { ...row, target: { atMost: 4 } }).target?.met).toBe(true);
  });
});
