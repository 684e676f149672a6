import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openPglite } from '../db/pglite.ts';
import { readSql } from '../db/read-sql.ts';
import type { SqlDatabase } from '../db/sql.ts';
import { defineEvent, type OutgoingEvent } from '../event/define-event.ts';
import { BrokerUnavailableError, type Message } from '../message/capabilities.ts';
import { createLogger } from '../process/logger.ts';
import { createOutbox, OUTBOX_SCHEMA, type Outbox, type OutboxEntry } from './outbox.ts';
import { createRelay, type Relay, type RelayOptions } from './relay.ts';

const catSeen = defineEvent('cat.seen', {
  source: '/test',
  key: ({ cat }) => cat,
  schema: z.object({ cat: z.string() }),
});
const catGone = defineEvent('cat.gone', { ...catSeen, source: '/test', key: ({ cat }) => cat });
let count = 0;
const seen = (cat = `cat ${count}`) => catSeen.create({ cat }, { id: `seen ${++count}` });
const gone = (cat: string) => catGone.create({ cat }, { id: `gone ${++count}` });
const idsOf = (events: readonly OutgoingEvent[]) => events.map(({ id }) => id);

let db: SqlDatabase;
let outbox: Outbox;
let brokerIsUp: boolean;
let published: string[];
let stop: AbortController;
let sweeping: Promise<void> | undefined;

const publisher = {
  async publish(topic: string, messages: readonly Message[]) {
    if (!brokerIsUp) throw new BrokerUnavailableError('no broker');
    published.push(...messages.map(({ id }) => `${topic}: ${id}`));
  },
};
const relayOf = (options: Partial<RelayOptions> = {}): Relay =>
  createRelay({
    outbox,
    publisher,
    logger: createLogger('test', 'silent'),
    sweepIntervalMs: 5,
    maxPending: 100,
    ...options,
  });
const add = (events: readonly OutgoingEvent[]) => db.transaction((session) => outbox.add(session, events));
/** Adds events as the process that publishes them from memory does. */
const addToOffer = async (events: readonly OutgoingEvent[], dueAfterMs = 0): Promise<OutboxEntry[]> => {
  await add(events);
  const text = `UPDATE outbox_events SET due_at = now() + $1 * interval '1 ms' WHERE id = ANY ($2) RETURNING seq::text, id`;
  const rows = await db.run({ name: 'delay', text }, [dueAfterMs, idsOf(events)]);
  const seqs = new Map(rows.map(({ id, seq }) => [id, String(seq)]));
  return events.map((event) => ({ ...event, seq: seqs.get(event.id) as string }));
};
const startSweeping = (relay: Relay) => {
  sweeping = relay.sweep(stop.signal);
};
const isEmpty = () => vi.waitFor(async () => expect(await outbox.count()).toBe(0), { timeout: 10_000 });

beforeAll(async () => {
  db = await openPglite();
  await db.script(await readSql(OUTBOX_SCHEMA));
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.script('TRUNCATE outbox_events');
  outbox = createOutbox(db);
  [published, brokerIsUp, stop] = [[], true, new AbortController()];
});
afterEach(async () => {
  stop.abort();
  await sweeping;
});

test('publishes what is offered and removes it from the outbox', async () => {
  const relay = relayOf();
  const entries = await addToOffer([seen(), seen()], 60_000);
  relay.offer(entries);
  await relay.idle();
  expect(published).toEqual(entries.map(({ id }) => `cat.seen: ${id}`));
  await isEmpty();
});

test('the sweep publishes all that is in the outbox, in order', async () => {
  const events = Array.from({ length: 1203 }, () => seen());
  await add(events);
  startSweeping(relayOf());
  await isEmpty();
  expect(published).toEqual(events.map(({ id }) => `cat.seen: ${id}`));
});

test('keeps the order across topics', async () => {
  const events = [seen('tom'), gone('tom'), seen('tom'), gone('tom')];
  await add(events);
  startSweeping(relayOf());
  await isEmpty();
  expect(published).toEqual(events.map(({ topic, id }) => `${topic}: ${id}`));
});

test('loses nothing while the broker is unavailable', async () => {
  brokerIsUp = false;
  const relay = relayOf();
  startSweeping(relay);
  const entries = await addToOffer([seen(), seen()]);
  relay.offer(entries);
  await relay.idle();
  expect(await outbox.count()).toBe(2);
  brokerIsUp = true;
  await isEmpty();
  expect(published).toEqual(entries.map(({ id }) => `cat.seen: ${id}`));
});

test('leaves to the sweep what exceeds its memory', async () => {
  const relay = relayOf({ maxPending: 1 });
  relay.offer(await addToOffer([seen(), seen()], 60_000));
  await relay.idle();
  expect(published).toEqual([]);
  expect(await outbox.count()).toBe(2);
});

test('sweeps as soon as it is woken', async () => {
  const relay = relayOf({ sweepIntervalMs: 3_600_000 });
  const swept = vi.spyOn(outbox, 'relay');
  startSweeping(relay);
  await vi.waitFor(() => expect(swept.mock.settledResults).toHaveLength(1));
  const events = [seen()];
  await add(events);
  relay.wake();
  await isEmpty();
  expect(published).toEqual([`cat.seen: ${events[0]?.id}`]);
});

test('a wake-up during a sweep is not lost', async () => {
  const relay = relayOf({ sweepIntervalMs: 3_600_000 });
  const firstSweep = Promise.withResolvers<number>();
  const swept = vi.spyOn(outbox, 'relay').mockReturnValueOnce(firstSweep.promise);
  startSweeping(relay);
  await vi.waitFor(() => expect(swept).toHaveBeenCalledOnce());
  await add([seen()]);
  relay.wake();
  firstSweep.resolve(0);
  await isEmpty();
});
