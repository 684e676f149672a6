// A reporter of Vitest: writes the tally into the file that VITEST_TALLY names.
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import type { Tally } from './tally.ts';

interface ReportedError {
  message: string;
  stack?: string;
}

/** What the tally needs of Vitest's modules. */
export interface ReportedModule {
  relativeModuleId: string;
  errors(): readonly ReportedError[];
  children: {
    allTests(): Iterable<{
      fullName: string;
      result(): { state: string; errors?: readonly ReportedError[] | undefined };
    }>;
  };
}

/**
 * A test that neither passed nor failed was skipped, for whatever reason. A module that does not load, and an error
 * outside the tests, is a failure.
 */
export function vitestTally(
  modules: readonly ReportedModule[],
  unhandled: readonly ReportedError[] = [],
): Tally {
  const tally: Tally = { passed: 0, failed: [], skipped: [] };
  const fail = (name: string, errors: readonly ReportedError[] = []) =>
    tally.failed.push([name, ...errors.map(({ stack, message }) => stack ?? message)].join('\n'));
  for (const module of modules) {
    if (module.errors().length > 0) fail(module.relativeModuleId, module.errors());
    for (const test of module.children.allTests()) {
      const { state, errors } = test.result();
      const name = `${module.relativeModuleId} > ${test.fullName}`;
      if (state === 'passed') tally.passed++;
      else if (state === 'failed') fail(name, errors);
      else tally.skipped.push(name);
    }
  }
  for (const error of unhandled) fail('outside the tests', [error]);
  return tally;
}

export default class VitestTally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly ReportedError[]): void {
    const file = process.env.VITEST_TALLY;
    if (file === undefined) throw new Error('VITEST_TALLY names no file');
    writeFileSync(file, JSON.stringify(vitestTally(modules, unhandled)));
  }
}
