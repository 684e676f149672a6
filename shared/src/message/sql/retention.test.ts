import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openPglite } from '../../db/pglite.ts';
import type { SqlDatabase } from '../../db/sql.ts';
import { follower, member, message, messages, texts, until } from '../contract/samples.ts';
import { createSqlBroker, type SqlBroker, type SqlBrokerOptions } from '../sql.ts';
import { emptySqlBroker } from './testing/empty-sql-broker.ts';

describe('retention', () => {
  let db: SqlDatabase;
  const opened: SqlBroker[] = [];
  const logger = pino({ level: 'silent' });

  beforeAll(async () => {
    db = await openPglite();
  });
  beforeEach(async () => {
    await emptySqlBroker(db);
    return () => Promise.all(opened.splice(0).map((broker) => broker.close()));
  });
  afterAll(() => db.close());

  function open(options: Partial<SqlBrokerOptions>): SqlBroker {
    const broker = createSqlBroker(db, { logger, ...options });
    opened.push(broker);
    return broker;
  }

  test.each([
    ['number', { maxMessages: 100 }],
    ['bytes', { maxBytes: 100_000, maxMessages: 400 }],
    ['age', { maxAgeMs: 1, maxMessages: 400 }],
  ])('deletes the oldest by %s', async (_limit, options) => {
    const broker = open(options);
    const text = 'x'.repeat(1000);
    for (let i = 0; i < 10; i++) await broker.publish('topic', messages(100, text));
    const kept = await broker.read(['topic'], undefined, 10_000);
    expect(kept.length).toBeLessThanOrEqual(200);
    const { start, end } = await broker.history(['topic']);
    expect(kept.length).toBe(end - start);
    expect(kept.at(-1)?.seq ?? end).toBe(end);
  });

  test('keeps what a group has not settled, and dead letters, and hides both from readers', async () => {
    const broker = open({ maxMessages: 10 });
    let redelivered = 0;
    const group = await broker.consume(['topic'], 'group', async (batch) => {
      for (const delivery of batch) {
        const [text] = texts([delivery]);
        if (text === 'bad' && delivery.attempt === 1) await delivery.reject('no');
        if (text === 'later' && delivery.attempt === 1) delivery.nack(800);
        else if (text === 'later') redelivered++;
      }
    });
    await broker.publish('topic', [message('bad'), message('later')]);
    await until(async () => expect(await broker.deadLetters.count()).toBe(1));
    for (let i = 0; i < 10; i++) await broker.publish('topic', messages(10));
    expect(texts(await broker.read(['topic'], undefined, 100))).not.toContain('bad');
    await until(() => expect(redelivered).toBe(1));
    const [letter] = await broker.deadLetters.list();
    expect(texts(letter ? [letter] : [])).toEqual(['bad']);
    await group.close();
    await broker.deadLetters.retry(letter?.position ?? '');
    const { inbox } = await member(broker, 'topic');
    await inbox.hasText('bad');
  });

  test('tells of a group that lost messages, and not of one that has taken them', async () => {
    const broker = open({ maxMessages: 10 });
    const detect = (group: string, since?: string) => broker.detectLoss(['topic'], group, since);
    await (await broker.consume(['topic'], 'absent', async () => {})).close();
    const { inbox } = await member(broker, 'topic', 'present');
    const absent = await detect('absent');
    for (let i = 1; i <= 10; i++) {
      const { checkpoint } = await detect('present');
      await broker.publish('topic', messages(10));
      await inbox.has(10 * i);
      expect(await detect('present', checkpoint)).toMatchObject({ lost: false });
    }
    const report = await detect('absent', absent.checkpoint);
    expect(report.lost).toBe(true);
    expect(await detect('absent', report.checkpoint)).toEqual({ ...report, lost: false });
  });

  test('logs that a group lost messages', async () => {
    const error = vi.spyOn(logger, 'error');
    const broker = open({ maxMessages: 10 });
    await (await member(broker, 'topic')).close();
    await broker.publish('topic', messages(40));
    await broker.publish('topic', [message('last')]);
    const { inbox } = await member(broker, 'topic');
    await inbox.hasText('last');
    expect(inbox.received.length).toBeLessThan(41);
    const lines = error.mock.calls.map(([, line]) => line);
    expect(lines).toEqual(['messages were deleted before the group took them']);
  });

  const deletedUnread = `INSERT INTO broker_cuts SELECT 'topic', last_seq + 1 FROM broker_head;
    UPDATE broker_head SET last_seq = last_seq + 1`;
  const restored = 'TRUNCATE broker_messages; UPDATE broker_head SET last_seq = first_seq';
  test.each([
    ['messages were deleted that it has not read', () => db.script(deletedUnread)],
    ['the history was begun anew', () => emptySqlBroker(db)],
    ['an older state was restored', () => db.script(restored)],
  ])('resets a follower when %s', async (_when, change) => {
    const broker = open({});
    const { inbox, resets } = await follower(broker, 'topic');
    await broker.publish('topic', [message('before')]);
    await inbox.has(1);
    await change();
    await until(() => expect(resets()).toBe(1));
    await broker.publish('topic', [message('after')]);
    await inbox.has(2);
    expect(inbox.texts).toEqual(['before', 'after']);
    expect(resets()).toBe(1);
  });

  test('leaves tables whose size does not grow with what has gone through them', async () => {
    const broker = open({ maxMessages: 2000, maintenanceIntervalMs: 50 });
    await member(broker, 'topic');
    const ownTables = `SELECT sum(pg_total_relation_size(oid)) AS size FROM pg_class
      WHERE relname LIKE 'broker%' AND relkind = 'r'`;
    const size = async () => Number((await db.run({ name: 'test_size', text: ownTables }))[0]?.size);
    const round = async () => {
      for (let i = 0; i < 12; i++) await broker.publish('topic', messages(2000));
    };
    await round();
    const before = await size();
    await round();
    await round();
    expect(await size()).toBeLessThan(1.7 * before);
  });
});
