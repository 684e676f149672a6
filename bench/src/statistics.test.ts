import { describe, expect, it } from 'vitest';
import { figure, percentile } from './statistics.ts';

describe('figure', () => {
  it('tells the middle of the rounds and how far they lie apart', () => {
    expect(figure([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
  });

  it('takes the mean of the two in the middle', () => {
    expect(figure([4, 1, 2, 9]).median).toBe(3);
  });
});

describe('percentile', () => {
  it('lies between two values in proportion', () => {
    expect(percentile([0, 10], 0.99)).toBeCloseTo(9.9);
  });

  it('is no number when nothing was measured', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});
