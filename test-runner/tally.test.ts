import { expect, test } from 'vitest';
import { closingLine, honest, playwrightTally, sum } from './tally.ts';

test('adds up what the runners report', () => {
  const vitest = { passed: 5, failed: 1, skipped: 3 };
  const playwright = playwrightTally({ stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 4 } });
  expect(closingLine(sum([vitest, playwright]))).toBe('9 passed, 2 failed, 7 skipped');
});

test('a run that ended badly without a failed test is a failure all the same', () => {
  const nothing = { passed: 3, failed: 0, skipped: 0 };
  expect(honest(nothing, 1).failed).toBe(1);
  expect(honest({ ...nothing, failed: 2 }, 1).failed).toBe(2);
  expect(honest(nothing, 0).failed).toBe(0);
});
