import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SqlDatabase, SqlSession } from '../../db/sql.ts';
import { describeReal } from '../../testing/describe-real.ts';
import { createTestDatabase } from '../../testing/postgres.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import type { Delivery } from '../capabilities.ts';
import { follower, gate, Inbox, member, message, texts, until } from '../contract/samples.ts';
import { createSqlBroker, type SqlBroker } from '../sql.ts';
import { type ClaimRequest, claimBatch } from './claim.ts';
import { joinGroup } from './join-group.ts';
import { DEFAULTS } from './settings.ts';
import { emptySqlBroker } from './testing/empty-sql-broker.ts';

describeReal('postgres', (url) => {
  let db: SqlDatabase;
  let drop: () => Promise<void>;
  let broker: SqlBroker;

  beforeAll(async () => {
    ({ db, drop } = await createTestDatabase(url));
  });
  beforeEach(async () => {
    await emptySqlBroker(db);
    broker = createSqlBroker(db, { logger: silentLogger });
    return () => broker.close();
  });
  afterAll(() => drop());

  /** A transaction that is open until the test commits it. */
  async function openTransaction(work: (session: SqlSession) => Promise<void>) {
    const [worked, committing] = [gate(), gate()];
    const done = db.transaction(async (session) => {
      await work(session);
      worked.open();
      await committing.opened;
    });
    await Promise.race([worked.opened, done]);
    return {
      commit: async () => {
        committing.open();
        await done;
      },
    };
  }

  const waitForBlocked = () =>
    until(async () => {
      const blocked = await db.run({
        name: 'test_blocked',
        text: `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      });
      expect(blocked).toHaveLength(1);
    });

  test('a key that becomes free while a batch is taken stays in order', async () => {
    const settings = { ...DEFAULTS, logger: silentLogger };
    const request: ClaimRequest = { group: 'group', topics: ['topic'], maxBatch: 2, onlyFull: false };
    const take = async (from = db) =>
      texts(((await claimBatch(from, request, settings)).claimed ?? []).map((one) => one.message));
    const publish = async (text: string) => broker.publish('topic', [{ ...message(text), key: 'key' }]);
    const settleAll = () => db.script('DELETE FROM broker_batches');
    await joinGroup(db, 'group', ['topic']);
    await publish('1');
    expect(await take()).toEqual(['1']);
    for (const text of ['2', '3', '4']) await publish(text);
    // Another member settles 1 after 2 and 3 were read, and before 4 is.
    const settledMeanwhile: SqlDatabase = {
      ...db,
      transaction: (work) =>
        db.transaction((session) =>
          work({
            async run(statement, values) {
              const rows = await session.run(statement, values);
              if (statement.name === 'broker_read_fresh') await settleAll();
              return rows;
            },
          }),
        ),
    };
    expect(await take(settledMeanwhile)).toEqual([]);
    const taken: string[][] = [];
    for (let round = 0; round < 2; round++) {
      taken.push(await take());
      await settleAll();
    }
    expect(taken).toEqual([['2', '3'], ['4']]);
  });

  test('no reader passes over a transaction that commits late', async () => {
    const [ofFollower, ofMember] = [await follower(broker, 'topic'), await member(broker, 'topic')];
    // It publishes second, with the older transaction id: a reader that compares these would pass over the
    // first.
    const [hasId, mayPublish] = [gate(), gate()];
    const other = db.transaction(async (session) => {
      await session.run({ name: 'test_xid', text: 'SELECT pg_current_xact_id()' });
      hasId.open();
      await mayPublish.opened;
      await broker.publishIn(session, 'topic', [message('second')]);
    });
    await hasId.opened;
    const late = await openTransaction((session) => broker.publishIn(session, 'topic', [message('first')]));
    mayPublish.open();
    await waitForBlocked();
    expect(await broker.read(['topic'], undefined, 10)).toEqual([]);
    await late.commit();
    await other;
    for (const { inbox } of [ofFollower, ofMember]) {
      await inbox.has(2);
      expect(inbox.texts).toEqual(['first', 'second']);
    }
    expect(texts(await broker.read(['topic'], ofFollower.from, 10))).toEqual(['first', 'second']);
  });

  test('a transaction that is rolled back publishes nothing and leaves no gap', async () => {
    const { end } = await broker.history(['topic']);
    const work = db.transaction(async (session) => {
      await broker.publishIn(session, 'topic', [message('never')]);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    await broker.publish('topic', [message('next')]);
    expect((await broker.read(['topic'], undefined, 10)).map(({ seq }) => seq)).toEqual([end + 1]);
  });

  test('a message waits for the earlier one of its key, on all members of a group, and others do not', async () => {
    const inbox = new Inbox<Delivery>();
    const handle = async (batch: readonly Delivery[]) => {
      for (const delivery of batch) {
        inbox.add(delivery);
        if (texts([delivery])[0] === 'tom 1' && delivery.attempt === 1) delivery.nack(700);
      }
    };
    const another = createSqlBroker(db, { logger: silentLogger });
    const keyed = (text: string, key: string) => ({ ...message(text), key });
    try {
      for (const one of [broker, another]) await one.consume(['topic'], 'group', handle, { maxBatch: 1 });
      await broker.publish('topic', [
        keyed('tom 1', 'tom'),
        keyed('tom 2', 'tom'),
        keyed('kim 1', 'kim'),
        keyed('tom 3', 'tom'),
      ]);
      await inbox.has(5);
    } finally {
      await another.close();
    }
    expect(inbox.texts.slice(0, 2).sort()).toEqual(['kim 1', 'tom 1']);
    expect(inbox.texts.filter((text) => text.startsWith('tom'))).toEqual([
      'tom 1',
      'tom 1',
      'tom 2',
      'tom 3',
    ]);
  });
});
