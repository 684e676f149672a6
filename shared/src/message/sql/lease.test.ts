import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPglite } from '../../db/pglite.ts';
import type { SqlDatabase } from '../../db/sql.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import type { Delivery } from '../capabilities.ts';
import { gate, Inbox, member, message, messages, until } from '../contract/samples.ts';
import { createSqlBroker, type SqlBroker } from '../sql.ts';
import { emptySqlBroker } from './testing/empty-sql-broker.ts';

const LEASE_MS = 1500;

describe('the lease of a batch', () => {
  let db: SqlDatabase;
  const opened: SqlBroker[] = [];

  beforeAll(async () => {
    db = await openPglite();
  });
  beforeEach(async () => {
    await emptySqlBroker(db);
    return () => Promise.all(opened.splice(0).map((broker) => broker.close()));
  });
  afterAll(() => db.close());

  function open(): SqlBroker {
    const broker = createSqlBroker(db, { logger: silentLogger, leaseMs: LEASE_MS });
    opened.push(broker);
    return broker;
  }

  const endLeases = () =>
    db.run({ name: 'test_end_leases', text: 'UPDATE broker_batches SET locked_until = now()' });

  test('is extended while the handler works', async () => {
    const broker = open();
    const inbox = new Inbox<Delivery>();
    const startedAtMs = performance.now();
    const twoLeases = () =>
      until(() => expect(performance.now() - startedAtMs).toBeGreaterThan(2 * LEASE_MS));
    await broker.publish('topic', messages(1));
    for (let i = 0; i < 2; i++) {
      await broker.consume(['topic'], 'group', async (batch) => {
        batch.forEach(inbox.add);
        await twoLeases();
      });
    }
    await twoLeases();
    await broker.publish('topic', [message('last')]);
    await inbox.hasText('last');
    expect(inbox.texts).toEqual(['0', 'last']);
  });

  test('that has ended aborts the signal of the handler, and its late settling changes nothing', async () => {
    const [broker, another] = [open(), open()];
    const taken = gate();
    let signal: AbortSignal | undefined;
    const slow = await broker.consume(['topic'], 'group', async (batch, ofBatch) => {
      signal = ofBatch;
      taken.open();
      await until(() => expect(ofBatch.aborted).toBe(true));
      for (const delivery of batch) delivery.nack(0);
    });
    await broker.publish('topic', messages(2));
    await taken.opened;
    await endLeases();
    const other = await member(another, 'topic');
    await other.inbox.has(2);
    await slow.close();
    expect(signal?.aborted).toBe(true);
    await broker.publish('topic', [message('last')]);
    await other.inbox.hasText('last');
    expect(other.inbox.texts).toEqual(['0', '1', 'last']);
    expect(other.inbox.received.map(({ attempt }) => attempt)).toEqual([2, 2, 1]);
  });

  test('that has ended does not bring back what the member rejected', async () => {
    const [broker, another] = [open(), open()];
    const never = gate();
    await broker.consume(['topic'], 'group', async ([first]) => {
      await first?.reject('bad');
      await never.opened;
    });
    await broker.publish('topic', messages(2));
    await until(async () => expect(await broker.deadLetters.count()).toBe(1));
    await endLeases();
    try {
      const other = await member(another, 'topic');
      await other.inbox.has(1);
      expect(other.inbox.texts).toEqual(['1']);
    } finally {
      never.open();
    }
  });
});
