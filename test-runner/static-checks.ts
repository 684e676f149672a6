import { globSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from '../bootstrap/child.mjs';
import { type Tally, withExitCode } from './tally.ts';
import { runTool, type Tool } from './tools.ts';

const checks: { title: string; command: [tool: Tool, ...args: string[]] }[] = [
  { title: 'Documents of the interface', command: ['documents', '--check'] },
  { title: 'Format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { title: 'Types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { title: 'Types of the journeys', command: ['tsc', '--noEmit', '-p', 'e2e'] },
  { title: 'Types of the front end', command: ['vue-tsc', '--noEmit', '-p', 'frontend'] },
];

/**
 * The Host header is passed on as it was sent, for the links of permalinks; a cache of open files would hide a
 * new page; a connection needs one file, whichever side opened it.
 */
const GIXY_SKIPS = 'host_spoofing,try_files_is_evil_too,worker_rlimit_nofile_vs_connections';

/** Of tools that are not npm packages. */
const checksOfOtherTools: { title: string; command: string[]; source: string }[] = [
  { title: 'Workflows of GitHub', command: ['actionlint'], source: 'https://github.com/rhysd/actionlint' },
  {
    title: 'Dockerfiles',
    command: ['hadolint', ...globSync('{,*/}Dockerfile', { cwd: join(import.meta.dirname, '..') })],
    source: 'https://github.com/hadolint/hadolint',
  },
  {
    title: 'Configuration of nginx',
    command: ['gixy', '--skips', GIXY_SKIPS, 'nginx/nginx.conf', 'nginx/limits.conf.template'],
    source: 'https://gixy.io',
  },
];

/** Runs each check, also after one that fails. */
export async function runStaticChecks(): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const { title, command } of checks) {
    const [tool, ...args] = command;
    console.log(`\n${title} (${command.join(' ')})`);
    tallies.push(report(title, await runTool(tool, args)));
  }
  for (const check of checksOfOtherTools) tallies.push(...(await runIfInstalled(check)));
  return tallies;
}

/** A machine without the tool checks everything else. */
async function runIfInstalled({ title, command, source }: (typeof checksOfOtherTools)[number]) {
  const [tool = '', ...args] = command;
  console.log(`\n${title} (${command.join(' ')})`);
  try {
    return [report(title, await runChild(tool, args))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    console.log(`- not checked: ${tool} is not installed (${source})`);
    return [];
  }
}

function report(title: string, exitCode: number): Tally {
  console.log(exitCode === 0 ? '✓' : `✗ ${title}: failed with exit code ${exitCode}`);
  return withExitCode({ passed: exitCode === 0 ? 1 : 0, failed: [], skipped: [] }, exitCode, title);
}
