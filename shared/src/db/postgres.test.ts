import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createIdGenerator } from '../schema/meow-id.ts';
import { describeReal } from '../testing/describe-real.ts';
import { createTestDatabase, type TestDatabase } from '../testing/postgres.ts';
import { outboxSize, repositoryContract } from './meow-repository.contract.ts';
import { createSqlRepository } from './sql-meow-repository.ts';

describeReal('postgres', (url) => {
  const databases: TestDatabase[] = [];
  const createDatabase = async () => {
    const database = await createTestDatabase(url);
    databases.push(database);
    return database;
  };
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  repositoryContract('Postgres', async () => {
    const { db } = await createDatabase();
    return {
      repository: createSqlRepository(db),
      clear: () => db.script('TRUNCATE meows, outbox, idempotency_keys'),
      outboxSize: () => outboxSize(db),
    };
  });

  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
    await createSqlRepository(database.db).migrate();
  });

  test('two that relay at the same moment hold different entries', async () => {
    const repository = createSqlRepository(database.db);
    const newMeowId = createIdGenerator();
    const meows = Array.from({ length: 10 }, () => ({ ...newMeowId(), body: 'meow' }));
    await repository.insertMeows(meows.map((meow) => ({ meow, headers: {} })));
    const held: string[] = [];
    const { promise: bothHold, resolve } = Promise.withResolvers<void>();
    const relay = () =>
      repository.outbox.relay({ take: 5, olderThanMs: 0 }, (entries) => {
        held.push(...entries.map(({ meow }) => meow.id));
        if (held.length === 10) resolve();
        return bothHold;
      });
    expect(await Promise.all([relay(), relay()])).toEqual([5, 5]);
    expect(held.sort()).toEqual(meows.map(({ id }) => id));
  });

  test('a connection that is cut inside a transaction rejects it, and the next one works', async () => {
    const repository = createSqlRepository(database.db);
    await repository.insertMeow({ ...createIdGenerator()(), body: 'meow' });
    const cut = repository.outbox.relay({ take: 1, olderThanMs: 0 }, async () => {
      const others = 'FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
      await database.db.run({ name: 'cut', text: `SELECT pg_terminate_backend(pid) ${others}` });
    });
    await expect(cut).rejects.toThrow();
    await repository.outbox.relay({ take: 100, olderThanMs: 0 }, async () => {});
    expect(await repository.outbox.count()).toBe(0);
  });

  test('an event whose transaction commits late is not skipped', async () => {
    const repository = createSqlRepository(database.db);
    const newMeowId = createIdGenerator();
    const [late, early] = [newMeowId(), newMeowId()];
    const slow = new pg.Client(database.config);
    await slow.connect();
    await slow.query('BEGIN');
    await slow.query(`INSERT INTO meows VALUES ($1, 'late', now())`, [late.id]);
    await slow.query(`INSERT INTO outbox VALUES ($1, '{}')`, [late.id]);
    await repository.insertMeow({ ...early, body: 'early' });

    const published: string[] = [];
    const relay = () =>
      repository.outbox.relay({ take: 10, olderThanMs: 0 }, async (entries) => {
        published.push(...entries.map(({ meow }) => meow.body));
      });
    await relay();
    expect(published).toEqual(['early']);
    await slow.query('COMMIT');
    await slow.end();
    await relay();
    expect(published).toEqual(['early', 'late']);
  });
});
