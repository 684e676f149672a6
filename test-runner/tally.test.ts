import { expect, test } from 'vitest';
import { closingLine, playwrightTally, skippedTests, sum, vitestTally, withExitCode } from './tally.ts';

const vitestReport = {
  numTotalTests: 4,
  numPassedTests: 1,
  numFailedTests: 1,
  testResults: [
    { assertionResults: [{ status: 'passed', fullName: 'purrs' }] },
    {
      assertionResults: [
        { status: 'skipped', fullName: 'naps' },
        { status: 'failed', fullName: 'barks' },
        { status: 'todo', fullName: 'hunts' },
      ],
    },
  ],
};

test('adds up what the runners report', () => {
  const playwright = playwrightTally({ stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 4 } });
  expect(closingLine(sum([vitestTally(vitestReport), playwright]))).toBe('5 passed, 2 failed, 6 skipped');
});

test('names the tests that neither passed nor failed', () => {
  expect(skippedTests(vitestReport)).toEqual(['naps', 'hunts']);
});

test('a failed run without a failed test counts as one failure', () => {
  const tally = { passed: 3, failed: 0, skipped: 0 };
  expect(withExitCode(tally, 1).failed).toBe(1);
  expect(withExitCode({ ...tally, failed: 2 }, 1).failed).toBe(2);
  expect(withExitCode(tally, 0).failed).toBe(0);
});
