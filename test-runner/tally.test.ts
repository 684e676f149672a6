import { expect, test } from 'vitest';
import { playwrightTally, sum, summary, withExitCode } from './tally.ts';
import { vitestTally } from './vitest-tally.ts';

type State = 'passed' | 'failed' | 'skipped' | 'pending';
const testOf = (fullName: string, state: State, ...errors: Error[]) => ({
  fullName,
  result: () => ({ state, errors }),
});
const moduleOf = (tests: ReturnType<typeof testOf>[], ...errors: Error[]) => ({
  relativeModuleId: 'cats.test.ts',
  errors: () => errors,
  children: { allTests: () => tests },
});

const errorOf = (message: string) => Object.assign(new Error(message), { stack: `Error: ${message}` });

const spec = (title: string, ...statuses: ('expected' | 'unexpected' | 'flaky' | 'skipped')[]) => ({
  title,
  file: 'cats.spec.ts',
  line: 7,
  tests: statuses.map((status) => ({ projectName: 'phone', status })),
});
const playwrightReport = {
  suites: [
    {
      specs: [spec('sleeps', 'expected', 'flaky')],
      suites: [{ specs: [spec('bites', 'unexpected', 'skipped')] }],
    },
  ],
};

test('adds up and names what the runners report', () => {
  const vitest = vitestTally(
    [
      moduleOf([testOf('purrs', 'passed')]),
      moduleOf([
        testOf('naps', 'skipped'),
        testOf('barks', 'failed', errorOf('a dog')),
        testOf('hunts', 'pending'),
      ]),
      moduleOf([], errorOf('does not load')),
    ],
    [errorOf('rejected')],
  );
  expect(summary(sum([vitest, playwrightTally(playwrightReport)]))).toBe(
    [
      'failed: cats.test.ts > barks',
      'Error: a dog',
      'failed: cats.test.ts',
      'Error: does not load',
      'failed: outside the tests',
      'Error: rejected',
      'failed: [phone] cats.spec.ts:7 bites',
      'skipped: cats.test.ts > naps',
      'skipped: cats.test.ts > hunts',
      'skipped: [phone] cats.spec.ts:7 bites',
      '3 passed, 4 failed, 3 skipped',
    ].join('\n'),
  );
});

test('a failed run without a failed test counts as one failure', () => {
  const tally = { passed: 3, failed: [], skipped: [] };
  expect(withExitCode(tally, 1, 'vitest').failed).toEqual(['vitest: exit code 1']);
  expect(withExitCode({ ...tally, failed: ['barks'] }, 1, 'vitest').failed).toEqual(['barks']);
  expect(withExitCode(tally, 0, 'vitest').failed).toEqual([]);
});
