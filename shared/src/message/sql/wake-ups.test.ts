import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SqlDatabase } from '../../db/sql.ts';
import { describeReal } from '../../testing/describe-real.ts';
import { createTestDatabase } from '../../testing/postgres.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import { follower, member, message, messages, until } from '../contract/samples.ts';
import { createSqlBroker, type SqlBroker, type SqlBrokerOptions } from '../sql.ts';
import { emptySqlBroker } from './testing/empty-sql-broker.ts';

/** Longer than a test may take. */
const NEVER_MS = 600_000;

describeReal('postgres', (url) => {
  let db: SqlDatabase;
  let drop: () => Promise<void>;
  const opened: SqlBroker[] = [];

  beforeAll(async () => {
    ({ db, drop } = await createTestDatabase(url));
  });
  beforeEach(async () => {
    await emptySqlBroker(db);
    return () => Promise.all(opened.splice(0).map((broker) => broker.close()));
  });
  afterAll(() => drop());

  /** As in another process. */
  function open(options: Partial<SqlBrokerOptions> = {}, database = db): SqlBroker {
    const broker = createSqlBroker(database, { logger: silentLogger, pollIntervalMs: NEVER_MS, ...options });
    opened.push(broker);
    return broker;
  }

  const listeners = `FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
  const hasListeners = (count: number) =>
    until(async () =>
      expect(await db.run({ name: 'test_listeners', text: `SELECT ${listeners}` })).toHaveLength(count),
    );

  test('what one process publishes wakes the members and followers of others', async () => {
    const [publishing, receiving] = [open(), open()];
    const inboxes = [(await member(receiving, 'topic')).inbox, (await follower(receiving, 'topic')).inbox];
    await hasListeners(1);
    await publishing.publish('topic', messages(3));
    await db.transaction((session) => publishing.publishIn(session, 'topic', [message('in a transaction')]));
    for (const inbox of inboxes) await inbox.hasText('in a transaction');
  });

  test('nothing is missed when the connection that listens is lost', async () => {
    const [publishing, receiving] = [open(), open()];
    const { inbox } = await member(receiving, 'topic');
    await hasListeners(1);
    await db.run({ name: 'test_terminate', text: `SELECT pg_terminate_backend(pid) ${listeners}` });
    await publishing.publish('topic', messages(3));
    await inbox.has(3);
    await hasListeners(1);
  });

  test('members and followers poll where there is nothing to listen to', async () => {
    const { listen: _, ...withoutListen } = db;
    const receiving = open({ pollIntervalMs: 20 }, withoutListen);
    const inboxes = [(await member(receiving, 'topic')).inbox, (await follower(receiving, 'topic')).inbox];
    await open().publish('topic', messages(3));
    for (const inbox of inboxes) await inbox.has(3);
  });

  test('idle members take a nacked message when it is due', async () => {
    const attempts: number[] = [];
    for (const broker of [open(), open()]) {
      await broker.consume(['topic'], 'group', async (batch) => {
        for (const delivery of batch) {
          attempts.push(delivery.attempt);
          if (delivery.attempt < 4) delivery.nack(100);
        }
      });
    }
    await hasListeners(2);
    await open().publish('topic', messages(1));
    await until(() => expect(attempts).toEqual([1, 2, 3, 4]));
  });

  test('closing ends the connection that listens', async () => {
    const broker = open();
    await member(broker, 'topic');
    await hasListeners(1);
    await broker.close();
    await hasListeners(0);
  });
});
