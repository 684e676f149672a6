import { expect, test, vi } from 'vitest';
import { UnknownSchemaError } from '../db/migrations.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { createSchemaMigration } from './schema-migration.ts';

const signal = new AbortController().signal;
const older = (isMigrating: boolean) =>
  new UnknownSchemaError('run "npm run migrate"', { isOld: true, isMigrating });
const newer = new UnknownSchemaError('start a newer version', { isOld: false, isMigrating: false });

function migrationWith(migrate: () => Promise<void>, patienceMs: number) {
  return createSchemaMigration({ ping: async () => {}, migrate }, silentLogger, { patienceMs, retryMs: 1 });
}

test('refuses a schema that is newer, without waiting', async () => {
  const { run, check } = migrationWith(() => Promise.reject(newer), 1_000_000);
  await expect(run(signal)).rejects.toBe(newer);
  await expect(check.check()).rejects.toThrow('start a newer version');
});

test('refuses an older schema whose migration does not begin', async () => {
  const error = older(false);
  await expect(migrationWith(() => Promise.reject(error), 20).run(signal)).rejects.toBe(error);
});

test('waits while the schema is being migrated, and for a database that does not answer', async () => {
  const migrate = vi.fn<() => Promise<void>>();
  for (let n = 0; n < 20; n++)
    migrate.mockRejectedValueOnce(n % 2 ? older(true) : new Error('no connection'));
  const { run, check } = migrationWith(migrate, 0);
  await run(signal);
  await check.check();
});
