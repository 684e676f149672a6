// npm run explain -- ID [--logs FILE]    the life of a meow; FILE: log lines of the services (-: standard input)
import { parseArgs } from 'node:util';
import { print } from '@meower/shared/admin/dependencies.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { loadConfig } from '../config.ts';
import { explain } from '../explain.ts';

await runCommand('explain', async (_signal, args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { logs: { type: 'string' } },
    allowPositionals: true,
  });
  const [id, ...others] = positionals;
  if (id === undefined || others.length > 0) throw new StartError('usage: explain ID [--logs FILE]');
  print(await explain(id, { ...loadConfig(), ...values }));
  return 0;
});
