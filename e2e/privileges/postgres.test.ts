import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryContract } from '@meower/shared/db/meow-repository.contract.ts';
import { moderationContract } from '@meower/shared/db/moderation-repository.contract.ts';
import { createPostgres } from '@meower/shared/db/postgres.ts';
import { createSqlRepository } from '@meower/shared/db/sql-meow-repository.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { createTestDatabase } from '@meower/shared/testing/postgres.ts';
import { createPostgresServer } from '@meower/shared/testing/postgres-server.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../postgres');
const ROLES = ['meow_service', 'query_service'] as const;
type Role = (typeof ROLES)[number] | 'migrator';
/** Each role's password. */
const passwords: Record<Role, string> = {
  meow_service: 'meow secret',
  query_service: 'query secret',
  migrator: 'migrator secret',
};

describeReal('postgres_server', (binaries) => {
  const opened = new AsyncDisposableStack();
  let server: Awaited<ReturnType<typeof createPostgresServer>>;

  beforeAll(async () => {
    server = await createPostgresServer(binaries);
    opened.defer(() => server.wipe());
    await server.start();
  });
  afterAll(() => opened.disposeAsync());

  /** A database with the roles, and with the schema that the migrator has created. */
  async function createDatabase() {
    const database = await createTestDatabase(server.url);
    opened.defer(() => database.db.close());
    const applyRoles = (given = passwords) =>
      promisify(execFile)(join(binaries, 'psql'), [
        ...['--quiet', '--no-psqlrc', '--single-transaction', '--set', 'ON_ERROR_STOP=1'],
        ...['--set', `meow_password=${given.meow_service}`, '--set', `query_password=${given.query_service}`],
        ...['--set', `migrator_password=${given.migrator}`],
        ...['--file', join(FOLDER, 'roles.sql'), database.url],
      ]);
    await applyRoles();
    const openAs = (user: string, password: string) => {
      const db = createPostgres({ ...database.config, user, password }, silentLogger);
      opened.defer(() => db.close());
      return db;
    };
    const openRole = (role: Role) => openAs(role, passwords[role]);
    await createSqlRepository(openRole('migrator')).migrate();
    return { ...database, applyRoles, openAs, openRole };
  }
  type Database = Awaited<ReturnType<typeof createDatabase>>;

  const openAsMeowService = async () => {
    const { openRole } = await createDatabase();
    const db = openRole('migrator');
    const { migrate } = createSqlRepository(db);
    const repository = createSqlRepository(openRole('meow_service'));
    return { repository: { ...repository, migrate }, db };
  };
  repositoryContract('Postgres, as meow_service', openAsMeowService);
  moderationContract('Postgres, as meow_service', openAsMeowService);

  describe('the roles', () => {
    let database: Database;
    beforeAll(async () => {
      database = await createDatabase();
    });

    test('query_service reads meows and deletions', async () => {
      const writing = createSqlRepository(database.openRole('meow_service'));
      const meow = { ...createIdGenerator()(), body: 'meow' };
      await writing.insertMeow(meow);
      const deleted = createIdGenerator()().id;
      await writing.deleteMeows([deleted]);
      const reading = createSqlRepository(database.openRole('query_service'));
      await reading.migrate();
      expect(await reading.listMeows(0, 10)).toEqual([meow]);
      expect(await reading.listMeowsBefore('z', 10)).toEqual([meow]);
      expect(await reading.listMeowsAfter('', 10)).toEqual([meow]);
      expect(await reading.findMeow(meow.id)).toEqual(meow);
      expect(await reading.countMeows()).toBe(1);
      expect(await reading.dataVersion()).not.toBe('');
      expect(await reading.findDeleted([deleted])).toEqual(new Set([deleted]));
      expect(await reading.listDeletedAfter('', 10)).toEqual([deleted]);
    });

    const writes = ['INSERT INTO meows VALUES ($$x$$, $$forged$$, now())', 'DELETE FROM meows'];
    test.each<[Role, string]>([
      ...['DROP TABLE meows', 'TRUNCATE meows', 'ALTER TABLE meows ADD COLUMN x int', 'CREATE TABLE x ()']
        .concat([
          'CREATE TEMPORARY TABLE x ()',
          'CREATE SCHEMA x',
          'CREATE ROLE x SUPERUSER',
          'CREATE DATABASE x',
        ])
        .concat([
          "COPY meows TO PROGRAM 'cat'",
          "COPY meows TO '/tmp/x'",
          "SELECT pg_read_file('/etc/passwd')",
        ])
        .concat(['ALTER ROLE meower PASSWORD $$x$$', 'SET ROLE meower', 'SELECT rolpassword FROM pg_authid'])
        .flatMap((sql) => ROLES.map((role): [Role, string] => [role, sql])),
      ...[
        'UPDATE meows SET body = $$x$$',
        'DELETE FROM deleted_meows',
        'UPDATE outbox_events SET topic = $$x$$',
      ].map((sql): [Role, string] => ['meow_service', sql]),
      ...[...writes, 'SELECT id FROM meows FOR UPDATE', 'INSERT INTO deleted_meows VALUES ($$x$$)']
        .concat(['SELECT FROM outbox_events', 'INSERT INTO outbox_events (id) VALUES ($$x$$)'])
        .concat(['SELECT FROM idempotency_keys', 'SELECT FROM bans', 'SELECT FROM address_keys'])
        .map((sql): [Role, string] => ['query_service', sql]),
      ...['UPDATE schema_migrations SET compatible_with = 9', 'DELETE FROM schema_migrations'].flatMap(
        (sql) => ROLES.map((role): [Role, string] => [role, sql]),
      ),
      ...["COPY meows TO PROGRAM 'cat'", "SELECT pg_read_file('/etc/passwd')", 'CREATE ROLE x SUPERUSER']
        .concat(['ALTER ROLE meow_service PASSWORD $$x$$', 'SET ROLE meower', 'CREATE DATABASE x'])
        .map((sql): [Role, string] => ['migrator', sql]),
    ])('%s may not: %s', async (role, sql) => {
      // 42501 insufficient_privilege.
      await expect(database.openRole(role).script(sql)).rejects.toMatchObject({ code: '42501' });
    });

    test('a role without the right to create tables finds a missing schema unfinished', async () => {
      const empty = await createTestDatabase(server.url);
      await empty.db.script('GRANT CONNECT ON DATABASE postgres TO meow_service');
      const db = createPostgres({ ...empty.config, user: 'meow_service' }, silentLogger);
      opened.defer(() => db.close());
      opened.defer(() => empty.db.close());
      await expect(createSqlRepository(db).migrate()).rejects.toThrow('lacks the migration 0001-outbox');
    });

    test('tables of a superuser, as earlier versions and restored backups have them, go to the migrator with their rows', async () => {
      const { db, applyRoles, openRole } = await createDatabase();
      const writing = createSqlRepository(openRole('meow_service'));
      const meow = { ...createIdGenerator()(), body: 'old' };
      await writing.insertMeow(meow);
      await db.script('DROP TABLE schema_migrations; REASSIGN OWNED BY migrator TO meower');
      await applyRoles();
      await createSqlRepository(openRole('migrator')).migrate();
      await writing.migrate();
      expect(await writing.listMeows(0, 10)).toEqual([meow]);
      const owners = await openRole('migrator').run({
        name: 'owners',
        text: "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'",
      });
      expect(owners).toEqual([{ tableowner: 'migrator' }]);
    });

    test('applying them again keeps the services working, and changes a password', async () => {
      const repository = createSqlRepository(database.openRole('meow_service'));
      const count = await repository.countMeows();
      await database.applyRoles({ ...passwords, meow_service: 'another' });
      await database.applyRoles();
      expect(await repository.countMeows()).toBe(count);
    });

    // The last test: the server refuses superusers afterwards.
    test('over the network the roles need their passwords, and a superuser is refused with any password', async () => {
      await database.db.script("ALTER ROLE meower PASSWORD '123456'");
      await copyFile(join(FOLDER, 'pg_hba.conf'), join(server.folder, 'pg_hba.conf'));
      await database.db.script('SELECT pg_reload_conf()');
      const ask = (user: string, password: string) => database.openAs(user, password).script('SELECT 1');
      // 28000 invalid_authorization_specification: no line of pg_hba.conf names it.
      await expect
        .poll(() => ask('meower', '123456').catch(({ code }) => code), { timeout: 20_000 })
        .toBe('28000');
      for (const role of [...ROLES, 'migrator'] as const) {
        await ask(role, passwords[role]);
        // 28P01 invalid_password.
        await expect(ask(role, '123456')).rejects.toMatchObject({ code: '28P01' });
      }
    });
  });
});
