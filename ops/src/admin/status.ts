// npm run status    the whole system on one screen; the exit code is 1 if something is wrong
import { print } from '@meower/shared/admin/dependencies.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { loadConfig } from '../config.ts';
import { status } from '../status.ts';

await runCommand('status', async () => {
  const { text, isHealthy } = await status(loadConfig().urls);
  print(text);
  return isHealthy ? 0 : 1;
});
