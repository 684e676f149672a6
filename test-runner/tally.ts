/** How the tests of a run ended. */
export interface Tally {
  passed: number;
  /** The names of the tests, as are those of the skipped ones. */
  failed: string[];
  skipped: string[];
}

export function sum(tallies: Tally[]): Tally {
  return {
    passed: tallies.reduce((passed, tally) => passed + tally.passed, 0),
    failed: tallies.flatMap(({ failed }) => failed),
    skipped: tallies.flatMap(({ skipped }) => skipped),
  };
}

/**
 * A failed run that names no failed test (a file that does not load, an error between the tests, a crash) counts as one
 * failure.
 */
export function withExitCode(tally: Tally, exitCode: number, run: string): Tally {
  if (exitCode === 0 || tally.failed.length > 0) return tally;
  return { ...tally, failed: [`${run}: exit code ${exitCode}`] };
}

interface PlaywrightSuite {
  specs: { title: string; file: string; line: number; tests: PlaywrightTest[] }[];
  suites?: PlaywrightSuite[];
}

interface PlaywrightTest {
  projectName: string;
  status: 'expected' | 'unexpected' | 'flaky' | 'skipped';
}

/** What the tally needs of the report of Playwright's reporter `json`. */
export type PlaywrightReport = { suites: PlaywrightSuite[] };

/** A flaky test passed in the end. */
export function playwrightTally({ suites }: PlaywrightReport): Tally {
  return sum(
    suites.map(({ specs, suites = [] }) => sum([...specs.map(specTally), playwrightTally({ suites })])),
  );
}

function specTally({ title, file, line, tests }: PlaywrightSuite['specs'][number]): Tally {
  const tally: Tally = { passed: 0, failed: [], skipped: [] };
  for (const { projectName, status } of tests) {
    const name = `[${projectName}] ${file}:${line} ${title}`;
    if (status === 'unexpected') tally.failed.push(name);
    else if (status === 'skipped') tally.skipped.push(name);
    else tally.passed++;
  }
  return tally;
}

/** The failed and the skipped tests, and how many there are: the end of a long run says what to look at. */
export function summary({ passed, failed, skipped }: Tally): string {
  return [
    ...failed.map((name) => `failed: ${name}`),
    ...skipped.map((name) => `skipped: ${name}`),
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ].join('\n');
}
