import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SqlDatabase } from '../../db/sql.ts';
import { describeReal } from '../../testing/describe-real.ts';
import { createTestDatabase } from '../../testing/postgres.ts';
import { createPostgresServer } from '../../testing/postgres-server.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import { BrokerUnavailableError, type Delivery } from '../capabilities.ts';
import { publishThroughCrashes } from '../contract/crashes.ts';
import { follower, Inbox, member, message, messages, texts, until } from '../contract/samples.ts';
import { createSqlBroker, type SqlBroker, type SqlBrokerOptions } from '../sql.ts';
import { emptySqlBroker } from './testing/empty-sql-broker.ts';

const SLOW = 60_000;
/** Longer than a test may take. */
const NEVER_MS = 600_000;

describeReal('postgres_server', (binaries) => {
  let server: Awaited<ReturnType<typeof createPostgresServer>>;
  let db: SqlDatabase;
  const opened: SqlBroker[] = [];

  beforeAll(async () => {
    server = await createPostgresServer(binaries);
    await server.start();
    ({ db } = await createTestDatabase(server.url));
  }, SLOW);
  beforeEach(() => emptySqlBroker(db));
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((broker) => broker.close()));
    await server.start();
  });
  afterAll(async () => {
    await db.close();
    await server.wipe();
  });

  /** As in another process. */
  function open(options: Partial<SqlBrokerOptions> = {}): SqlBroker {
    const quick = { leaseMs: 2000, retryDelayMs: 100 };
    const broker = createSqlBroker(db, { logger: silentLogger, ...quick, ...options });
    opened.push(broker);
    return broker;
  }

  test('loses nothing when the server is killed again and again under load', {
    timeout: SLOW,
  }, async () => {
    const [publishing, receiving] = [open(), open()];
    const ofFollower = await follower(receiving, 'topic');
    const handled = new Inbox<Delivery>();
    for (const broker of [publishing, receiving]) {
      await broker.consume(['topic'], 'group', async (batch) => batch.forEach(handled.add), { maxBatch: 10 });
    }
    const sent = await publishThroughCrashes(publishing, 'topic', server);

    const stored = await receiving.read(['topic'], ofFollower.from, 1_000_000);
    expect(stored.map(({ id }) => id).sort()).toEqual(sent.map(({ id }) => id).sort());
    await ofFollower.inbox.has(stored.length);
    expect(ofFollower.inbox.received.map(({ id, seq }) => ({ id, seq }))).toEqual(
      stored.map(({ id, seq }) => ({ id, seq })),
    );
    expect(ofFollower.resets()).toBe(0);
    await until(() => expect(new Set(handled.received.map(({ id }) => id)).size).toBe(sent.length));
  });

  test('members and followers are woken again after the server came back', async () => {
    const broker = open({ pollIntervalMs: NEVER_MS });
    const inboxes = [(await member(broker, 'topic')).inbox, (await follower(broker, 'topic')).inbox];
    await server.restart();
    await until(async () => {
      const text = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
      expect(await db.run({ name: 'test_listeners', text })).toHaveLength(1);
    });
    for (const text of ['one', 'two']) {
      await open().publish('topic', [message(text)]);
      for (const inbox of inboxes) await inbox.hasText(text);
    }
  });

  test('reports that the server is unavailable, waits for it, and goes on', async () => {
    const broker = open();
    const before = await member(broker, 'topic');
    await broker.publish('topic', messages(3));
    await before.inbox.has(3);
    await server.kill();
    // The last session of a killed server may still answer a statement.
    await until(() => expect(broker.ping()).rejects.toThrow(BrokerUnavailableError));
    await expect(broker.publish('topic', [message('lost')])).rejects.toThrow(BrokerUnavailableError);
    await expect(broker.history(['topic'])).rejects.toThrow(BrokerUnavailableError);
    await expect(broker.deadLetters.list()).rejects.toThrow(BrokerUnavailableError);
    const waiting = Promise.all([member(broker, 'topic', 'other'), follower(broker, 'topic')]);
    await server.start();
    const [ofMember, ofFollower] = await waiting;
    await broker.publish('topic', [message('after')]);
    for (const { inbox } of [before, ofMember, ofFollower]) await inbox.hasText('after');
    expect(ofMember.inbox.texts).toEqual(['0', '1', '2', 'after']);
    expect(ofFollower.inbox.texts).toEqual(['after']);
  });

  test('can be closed while there is no server', async () => {
    const broker = open();
    const joined = await member(broker, 'topic');
    await server.kill();
    const waiting = [member(broker, 'topic', 'other'), follower(broker, 'topic')].map((one) =>
      expect(one).rejects.toThrow(BrokerUnavailableError),
    );
    await broker.close();
    await joined.close();
    await Promise.all(waiting);
  });

  test('keeps dead letters and the messages of groups over a crash', async () => {
    const broker = open();
    const { close } = await broker.consume(['topic'], 'group', async (batch) => {
      for (const delivery of batch) {
        if (texts([delivery])[0] === 'bad') await delivery.reject('no');
        else delivery.nack(0);
      }
    });
    await broker.publish('topic', [message('bad'), message('good')]);
    await until(async () => expect(await broker.deadLetters.count()).toBe(1));
    await server.restart();
    await close();
    expect(texts(await broker.deadLetters.list())).toEqual(['bad']);
    const { inbox } = await member(broker, 'topic');
    await broker.publish('topic', [message('last')]);
    await inbox.has(2);
    expect(inbox.texts.sort()).toEqual(['good', 'last']);
  });
});
