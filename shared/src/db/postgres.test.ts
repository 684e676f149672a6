import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createIdGenerator } from '../meow/meow-id.ts';
import { describeReal } from '../testing/describe-real.ts';
import { createTestDatabase, type TestDatabase } from '../testing/postgres.ts';
import { repositoryContract } from './meow-repository.contract.ts';
import { moderationContract } from './moderation-repository.contract.ts';
import { createSqlRepository } from './sql-meow-repository.ts';

describeReal('postgres', (url) => {
  const databases: TestDatabase[] = [];
  const createDatabase = async () => {
    const database = await createTestDatabase(url);
    databases.push(database);
    return database;
  };
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  const open = async () => {
    const { db } = await createDatabase();
    return { repository: createSqlRepository(db), db };
  };
  repositoryContract('Postgres', open);
  moderationContract('Postgres', open);

  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
    await createSqlRepository(database.db).migrate();
  });

  test('a connection that is terminated inside a transaction rejects it, and the next one works', async () => {
    const repository = createSqlRepository(database.db);
    await repository.insertMeow({ ...createIdGenerator()(), body: 'meow' });
    const terminated = repository.outbox.relay(1, async () => {
      const others = 'FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
      await database.db.run({ name: 'terminate', text: `SELECT pg_terminate_backend(pid) ${others}` });
    });
    await expect(terminated).rejects.toThrow();
    await repository.outbox.relay(100, async () => {});
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
    await slow.query(
      `INSERT INTO outbox_events (id, topic, key, headers, payload) VALUES ($1, 'meow.created', $1, '{}', '{}')`,
      [late.id],
    );
    await repository.insertMeow({ ...early, body: 'early' });

    const published: string[] = [];
    const relay = () =>
      repository.outbox.relay(10, async (entries) => {
        published.push(...entries.map(({ id }) => id));
      });
    await relay();
    expect(published).toEqual([early.id]);
    await slow.query('COMMIT');
    await slow.end();
    await relay();
    expect(published).toEqual([early.id, late.id]);
  });
});
