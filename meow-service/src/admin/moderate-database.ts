// ops moderate -- …    as moderate.ts, where no service can be reached: on the database, with the rights of meow-service
import { randomUUID } from 'node:crypto';
import { openRepository, print } from '@meower/shared/admin/dependencies.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { serveAdminApi } from '../admin-api.ts';
import { loadDatabaseConfig } from '../config.ts';
import { moderate } from '../moderation/moderate.ts';

await runCommand('moderate', async (signal, args) => {
  await using opened = new AsyncDisposableStack();
  const { deleteMeows, moderation } = openRepository(loadDatabaseConfig(), opened);
  const token = randomUUID();
  const bind = { host: '127.0.0.1', port: 0, token, logger: createLogger('moderate', 'error') };
  const api = await serveAdminApi({ ...bind, service: { deleteMeows, moderation } });
  opened.defer(() => api.close());
  await moderate(args, { url: `http://127.0.0.1:${api.port}`, token, print, signal });
  return 0;
});
