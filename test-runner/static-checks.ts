import { runChild } from '../bootstrap/child.mjs';
import { type Tally, withExitCode } from './tally.ts';
import { runTool, type Tool } from './tools.ts';

const checks: { title: string; command: [tool: Tool, ...args: string[]] }[] = [
  { title: 'Format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { title: 'Types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { title: 'Types of the journeys', command: ['tsc', '--noEmit', '-p', 'e2e'] },
  { title: 'Types of the front end', command: ['vue-tsc', '--noEmit', '-p', 'frontend'] },
];

/** Runs each check, also after one that fails. */
export async function runStaticChecks(): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const { title, command } of checks) {
    const [tool, ...args] = command;
    console.log(`\n${title} (${command.join(' ')})`);
    tallies.push(report(title, await runTool(tool, args)));
  }
  return [...tallies, ...(await checkWorkflows())];
}

/** actionlint is not an npm package; a machine without it checks everything else. */
async function checkWorkflows(): Promise<Tally[]> {
  const title = 'Workflows of GitHub';
  console.log(`\n${title} (actionlint)`);
  try {
    return [report(title, await runChild('actionlint', []))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    console.log('- not checked: actionlint is not installed (https://github.com/rhysd/actionlint)');
    return [];
  }
}

function report(title: string, exitCode: number): Tally {
  console.log(exitCode === 0 ? '✓' : `✗ ${title}: failed with exit code ${exitCode}`);
  return withExitCode({ passed: exitCode === 0 ? 1 : 0, failed: 0, skipped: 0 }, exitCode);
}
