import { describe, expect, test, vi } from 'vitest';
import { createIdGenerator } from '../meow/meow-id.ts';
import { describeReal } from '../testing/describe-real.ts';
import { createTestDatabase } from '../testing/postgres.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { migrationsContract, rowsOf, schemaOf } from './migrations.contract.ts';
import { applyMigrations, checkSchema } from './migrations.ts';
import { openPglite } from './pglite.ts';
import { createPostgres } from './postgres.ts';
import { createSqlRepository } from './sql-meow-repository.ts';

const SOON = { timeout: 20_000, interval: 20 };

describe('PGlite', () => {
  migrationsContract(async () => {
    const db = await openPglite();
    return { db, close: () => db.close() };
  });
});

describeReal('postgres', (url) => {
  migrationsContract(async () => {
    const { db, drop } = await createTestDatabase(url);
    return { db, close: drop };
  });

  /** A table, and an index of it that takes `indexS` seconds. */
  const slowIndex = (indexS: number) => ({
    '0001-cats.sql': `-- compatible with 0
      CREATE FUNCTION slowly(name TEXT) RETURNS TEXT IMMUTABLE LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(${indexS / 100}); RETURN name; END $$;
      CREATE TABLE cats (name TEXT NOT NULL);
      INSERT INTO cats SELECT n::text FROM generate_series(1, 100) n;`,
    '0002-cats-by-name.sql':
      '-- compatible with 0\nCREATE INDEX CONCURRENTLY cats_name ON cats (slowly(name));',
  });
  const isBuilding =
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%INDEX CONCURRENTLY%' AND pid <> pg_backend_pid()";

  test('an index that takes longer than any statement may is built, while rows are read and written', async () => {
    await using opened = new AsyncDisposableStack();
    const { config, db, drop } = await createTestDatabase(url);
    opened.defer(drop);
    const impatient = createPostgres({ ...config, timeoutMs: 300 }, silentLogger);
    opened.defer(() => impatient.close());
    const schema = await schemaOf(slowIndex(2));
    const migrating = applyMigrations(impatient, schema);
    await vi.waitFor(async () => expect(await rowsOf(db, isBuilding)).toHaveLength(1), SOON);
    await expect(checkSchema(db, schema)).rejects.toMatchObject({ isOld: true, isMigrating: true });
    await rowsOf(impatient, 'SELECT * FROM cats LIMIT 1');
    await impatient.script("UPDATE cats SET name = 'Tom' WHERE name = '1'");
    await migrating;
    await checkSchema(db, schema);
  });

  test('an index whose migration was interrupted is built again', async () => {
    await using opened = new AsyncDisposableStack();
    const { db, drop } = await createTestDatabase(url);
    opened.defer(drop);
    const schema = await schemaOf(slowIndex(1));
    const interrupted = applyMigrations(db, schema);
    const failed = expect(interrupted).rejects.toThrow();
    await vi.waitFor(
      async () =>
        expect(
          await rowsOf(db, "SELECT FROM pg_index WHERE indexrelid = to_regclass('cats_name')"),
        ).toHaveLength(1),
      SOON,
    );
    await rowsOf(db, `SELECT pg_terminate_backend(pid) FROM (${isBuilding}) AS building`);
    await failed;
    const isValid = () =>
      rowsOf(db, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'cats_name'::regclass");
    expect(await isValid()).toEqual([{ indisvalid: false }]);
    await applyMigrations(db, schema);
    expect(await isValid()).toEqual([{ indisvalid: true }]);
  });

  test('a migration that finds a table locked gives up soon, so that its readers go on, and may be repeated', async () => {
    await using opened = new AsyncDisposableStack();
    const { db, drop } = await createTestDatabase(url);
    opened.defer(drop);
    const files = {
      '0001-cats.sql': '-- compatible with 0\nCREATE TABLE cats (name TEXT);',
      '0002-age.sql': '-- compatible with 0\nALTER TABLE cats ADD COLUMN age INTEGER;',
    };
    await applyMigrations(db, await schemaOf(files, 1));
    await db.transaction(async (session) => {
      await session.run({ name: '', text: 'SELECT FROM cats' });
      // 55P03 lock_not_available.
      await expect(applyMigrations(db, await schemaOf(files))).rejects.toMatchObject({ code: '55P03' });
    });
    await applyMigrations(db, await schemaOf(files));
    await checkSchema(db, await schemaOf(files));
  });

  test('a database from before the numbered migrations is taken over with its rows', async () => {
    await using opened = new AsyncDisposableStack();
    const { db, drop } = await createTestDatabase(url);
    opened.defer(drop);
    const repository = createSqlRepository(db);
    await repository.migrate();
    await db.script('DROP TABLE schema_migrations');
    const meow = { ...createIdGenerator()(), body: 'old' };
    await repository.insertMeow(meow);
    await repository.migrate();
    expect(await repository.listMeows(0, 10)).toEqual([meow]);
    expect(await repository.outbox.count()).toBe(1);
    expect(await rowsOf(db, 'SELECT name FROM schema_migrations ORDER BY number')).toEqual([
      { name: '0001-outbox' },
      { name: '0002-meows' },
    ]);
  });
});
