import { parseArgs } from 'node:util';
import { fetchText } from '@meower/shared/process/fetch-text.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { loadConfig } from './config.ts';

/** Asks the running process: an embedded log is open in one process only. */
await runCommand('report', async (signal) => {
  const { since } = parseArgs({ options: { since: { type: 'string' } } }).values;
  if (!since) throw new StartError('usage: report --since DATE, e.g. 2026-01-31');
  const url = `http://localhost:${loadConfig().metricsPort}/report?${new URLSearchParams({ since })}`;
  process.stdout.write(await fetchText(url, { signal }));
  return 0;
});
