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
  return tallies;
}

function report(title: string, exitCode: number): Tally {
  console.log(exitCode === 0 ? '✓' : `✗ ${title}: failed with exit code ${exitCode}`);
  return withExitCode({ passed: exitCode === 0 ? 1 : 0, failed: 0, skipped: 0 }, exitCode);
}
