import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { honest, type PlaywrightReport, playwrightTally, type Tally } from './tally.ts';
import { tallyVariable } from './tally-reporter.ts';
import { run } from './tools.ts';

/** Unit and contract tests of the services and the front end; arguments narrow the run as Vitest's own do. */
export async function runUnitAndContractTests(args: string[] = []): Promise<Tally> {
  console.log('\nUnit and contract tests (vitest)');
  return withReport(async (file) => {
    const reporters = ['--reporter=default', '--reporter=./test-runner/tally-reporter.ts'];
    const exitCode = await run('vitest', ['run', ...reporters, ...args], { env: { [tallyVariable]: file } });
    return honest(readReport<Tally>(file) ?? nothing, exitCode);
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
    const report = readReport<PlaywrightReport>(file);
    return honest(report ? playwrightTally(report) : nothing, exitCode);
  });
}

const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

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
