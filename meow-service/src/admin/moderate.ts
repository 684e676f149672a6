// npm run moderate -- list | delete ID… | ban ID [--days N] | unban ID | dismiss ID
// Asks a running service on its port for operators, so it works with `npm start` too.
import { print } from '@meower/shared/admin/dependencies.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { loadOperatorConfig } from '../config.ts';
import { moderate } from '../moderation/moderate.ts';

await runCommand('moderate', async (signal, args) => {
  await moderate(args, { ...loadOperatorConfig(), print, signal });
  return 0;
});
