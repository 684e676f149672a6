import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSqlRepository } from '@meower/shared/db/sql-meow-repository.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { createNatsServer } from '@meower/shared/testing/nats-server.ts';
import { createTestDatabase } from '@meower/shared/testing/postgres.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import { expect, test } from 'vitest';

const COMMAND = fileURLToPath(new URL('./republish.ts', import.meta.url));
const TIMEOUT_MS = 300;

describeReal('postgres', (url) => {
  describeReal('nats_server', (binary) => {
    test('waits for a count that takes longer than a service would wait', async () => {
      await using opened = new AsyncDisposableStack();
      const { db, config, drop } = await createTestDatabase(url);
      opened.defer(drop);
      await createSqlRepository(db).migrate();
      const nats = await createNatsServer(binary);
      opened.defer(() => nats.wipe());
      await nats.start();

      const run = () =>
        promisify(execFile)(process.execPath, [COMMAND], {
          env: {
            NATS_ADDRESS: nats.address,
            POSTGRES_DB: config.database,
            POSTGRES_USER: config.user,
            POSTGRES_PASSWORD: config.password,
            POSTGRES_HOST: config.host,
            POSTGRES_PORT: String(config.port),
            POSTGRES_TIMEOUT_MS: String(TIMEOUT_MS),
          },
        });
      const command = await db.transaction(async (session) => {
        await session.run({ name: 'lock', text: 'LOCK TABLE meows' });
        const running = run();
        const counting = waitUntil(async () => {
          const [row] = await db.run({
            name: 'counting',
            text: `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%count(*)%'
              AND wait_event_type = 'Lock' AND now() - query_start > ${2 * TIMEOUT_MS} * interval '1 millisecond'`,
          });
          return row ? undefined : 'the command is not counting yet';
        });
        await Promise.race([running, counting]);
        return { running };
      });
      expect((await command.running).stdout).toBe('Published the events of 0 meows and 0 deletions again.\n');
    });
  });
});
