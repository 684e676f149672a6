import { describe, expect, it } from 'vitest';
import { percentile, summarize } from './statistics.ts';

describe('summarize', () => {
  it('returns the median and the range', () => {
    expect(summarize([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
  });

  it('takes the mean of the two middle values', () => {
    expect(summarize([4, 1, 2, 9]).median).toBe(3);
  });
});

describe('percentile', () => {
  it('interpolates between two values', () => {
    expect(percentile([0, 10], 0.99)).toBeCloseTo(9.9);
  });

  it('is NaN if nothing was measured', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});
