import { describe, expect, it } from 'vitest';
import type { BenchmarkRow } from '../rows.ts';
import { csv } from './csv.ts';
import { markdownTable, short } from './markdown-table.ts';

const row: BenchmarkRow = {
  benchmark: 'post',
  measure: 'POST /meows, 64 clients',
  unit: 'req/s',
  value: { median: 12345.6, min: 12000, max: 13000 },
  reference: {
    name: 'pgbench "single"',
    value: { median: 5000, min: 4000, max: 6000 },
    ratio: { median: 2.4691, min: 2, max: 3 },
  },
  target: { atLeast: 1.6, met: true },
};

describe('markdownTable', () => {
  it('shows value, reference, ratio, target and whether it is met', () => {
    const [headings, rule, line] = markdownTable([row]).split('\n');

    expect(line?.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '').trim())).toEqual([
      'POST /meows, 64 clients',
      '12,346 (12,000–13,000) req/s',
      'pgbench "single": 5,000',
      '2.47 (2–3) ×',
      '≥ 1.6 ×',
      'yes',
    ]);
    expect(rule).toMatch(/^\|( -+ \|)+$/);
    expect(headings?.length).toBe(line?.length);
  });
});

describe('csv', () => {
  it('keeps all digits, and quotes where it has to', () => {
    expect(csv([row]).split('\r\n')[1]).toBe(
      'post,"POST /meows, 64 clients",req/s,12345.6,12000,13000,"pgbench ""single""",5000,2.4691,2,3,1.6,,true',
    );
  });
});

describe('short', () => {
  it.each([
    [1_234_567.8, '1,234,568'],
    [1.23456, '1.23'],
    [0.0123456, '0.0123'],
    [0, '0'],
  ])('writes %d as %s', (value, text) => expect(short(value)).toBe(text));
});
