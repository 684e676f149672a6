import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PlaywrightReport, playwrightTally, type Tally, withExitCode } from './tally.ts';
import { runTool } from './tools.ts';

const nothing: Tally = { passed: 0, failed: [], skipped: [] };

/** Unit and contract tests of the services and the front end; arguments narrow the run as Vitest's own do. */
export async function runUnitAndContractTests(args: string[] = []): Promise<Tally> {
  console.log('\nUnit and contract tests (vitest)');
  return withReportFile(async (file) => {
    const reporters = ['--reporter=default', `--reporter=${join(import.meta.dirname, 'vitest-tally.ts')}`];
    const exitCode = await runTool('vitest', ['run', ...reporters, ...args], { env: { VITEST_TALLY: file } });
    return withExitCode(readReport<Tally>(file) ?? nothing, exitCode, 'vitest');
  });
}

/** Journeys through the whole suite in a real browser. */
export async function runJourneys(chromium: string): Promise<Tally> {
  console.log('\nJourneys in Chromium (playwright)');
  return withReportFile(async (file) => {
    const exitCode = await runTool('playwright', ['test', '--reporter=list,json'], {
      cwd: join(import.meta.dirname, '../e2e'),
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file, MEOWER_TEST_CHROMIUM: chromium },
    });
    const report = readReport<PlaywrightReport>(file);
    return withExitCode(report ? playwrightTally(report) : nothing, exitCode, 'playwright');
  });
}

async function withReportFile(work: (file: string) => Promise<Tally>): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'meower-report-'));
  try {
    return await work(join(folder, 'report.json'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** undefined if the runner ended before it could write one. */
function readReport<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
