import fc from 'fast-check';
import { expect, test } from 'vitest';
import { top } from './top-k.ts';

test('the top items are the first ones in order', () => {
  const byValue = (a: number, b: number) => a - b;
  fc.assert(
    fc.property(fc.array(fc.integer({ max: 20, min: 0 })), fc.nat(30), (items, count) => {
      expect(top(items, count, byValue)).toEqual([...items].sort(byValue).slice(0, count));
    }),
  );
});
