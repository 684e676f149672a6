import { type Tally, withExitCode } from './tally.ts';
import { run } from './tools.ts';

const checks: { title: string; command: [name: string, ...args: string[]] }[] = [
  { title: 'Format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { title: 'Types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { title: 'Types of the journeys', command: ['tsc', '--noEmit', '-p', 'e2e'] },
  { title: 'Types of the front end', command: ['vue-tsc', '--noEmit', '-p', 'frontend'] },
];

/** Runs each check, also after one that fails. */
export async function runChecks(): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const { title, command } of checks) {
    const [name, ...args] = command;
    console.log(`\n${title} (${command.join(' ')})`);
    const exitCode = await run(name, args);
    console.log(exitCode === 0 ? '✓' : `✗ ${title}: ${name} found something (exit code ${exitCode})`);
    tallies.push(withExitCode({ passed: exitCode === 0 ? 1 : 0, failed: 0, skipped: 0 }, exitCode));
  }
  return tallies;
}
