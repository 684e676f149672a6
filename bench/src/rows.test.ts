import { describe, expect, it } from 'vitest';
import { plainRow, ratioRow } from './rows.ts';

const row = { question: 'post', measure: 'POST /meows', unit: 'req/s', of: 'perSecond' };

describe('ratioRow', () => {
  it('compares each round with the same round of the reference', () => {
    const rounds = [
      [{ perSecond: 10 }, { perSecond: 40 }, { perSecond: 90 }],
      [{ perSecond: 10 }, { perSecond: 20 }, { perSecond: 30 }],
    ];

    const { reference, reach } = ratioRow(
      rounds,
      { ...row, reach: { atLeast: 2 } },
      { name: 'pgbench', contender: 1 },
    );

    expect(reference).toMatchObject({ name: 'pgbench', ratio: { median: 2, min: 1, max: 3 } });
    expect(reach?.met).toBe(true);
  });

  it('does not reach its aim when a figure is missing', () => {
    const { reach } = ratioRow([[{}], [{}]], { ...row, reach: { atLeast: 1 } }, { name: 'x', contender: 1 });

    expect(reach?.met).toBe(false);
  });
});

describe('plainRow', () => {
  it('is held against its bound by itself', () => {
    const rounds = [[{ perSecond: 3 }, { perSecond: 5 }]];

    expect(plainRow(rounds, { ...row, reach: { atMost: 3 } }).reach?.met).toBe(false);
    expect(plainRow(rounds, { ...row, reach: { atMost: 4 } }).reach?.met).toBe(true);
  });
});
