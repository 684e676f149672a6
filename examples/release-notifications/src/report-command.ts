import { parseArgs } from 'node:util';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { loadConfig } from './config.ts';

/** Asks the running process: an embedded log is open in one process only. */
await runCommand('report', async (signal) => {
  const { since } = parseArgs({ options: { since: { type: 'string' } } }).values;
  if (!since) throw new StartError('usage: report --since DATE, e.g. 2026-01-31');
  const url = `http://localhost:${loadConfig().ports.observation}/report?${new URLSearchParams({ since })}`;
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new StartError(`nothing answers at ${url}: start release-notifications first`, { cause });
  });
  process.stdout.write(await response.text());
  return response.ok ? 0 : 1;
});
