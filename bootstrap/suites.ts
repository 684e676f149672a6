import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';
import {
  honest,
  type PlaywrightReport,
  playwrightTally,
  type Tally,
  type VitestReport,
  vitestTally,
} from './tally.ts';

/** Unit and contract tests of the services and the front end; arguments narrow the run as Vitest's own do. */
export async function runUnitAndContractTests(args: string[] = []): Promise<Tally> {
  console.log('\nUnit and contract tests (vitest)');
  return withReport(async (file) => {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const exitCode = await run('vitest', ['run', ...reporters, ...args]);
    return honest(vitestTally(readReport<VitestReport>(file) ?? noVitestReport), exitCode);
  });
}

/** Journeys through the whole suite in a real browser. */
export async function runJourneys(chromium: string): Promise<Tally> {
  console.log('\nJourneys in Chromium (playwright)');
  return withReport(async (file) => {
    const exitCode = await run('playwright', ['test', '--reporter=list,json'], {
      cwd: join(import.meta.dirname, '../e2e'),
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file, MEOWER_TEST_CHROMIUM: chromium },
    });
    return honest(playwrightTally(readReport<PlaywrightReport>(file) ?? noPlaywrightReport), exitCode);
  });
}

const noVitestReport = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
const noPlaywrightReport = { stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0 } };

async function withReport(work: (file: string) => Promise<Tally>): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'meower-report-'));
  try {
    return await work(join(folder, 'report.json'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** undefined where the runner ended before it could write one. */
function readReport<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
