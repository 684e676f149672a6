import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sleep } from '../async/sleep.ts';
import { readSql } from '../db/read-sql.ts';
import type { SqlDatabase } from '../db/sql.ts';
import { defineEvent, type OutgoingEvent } from '../event/define-event.ts';
import { createOutbox, OUTBOX_SCHEMA, type Outbox, type OutboxEntry } from './outbox.ts';

const catSeen = defineEvent('cat.seen', {
  source: '/test',
  key: ({ cat }) => cat,
  schema: z.object({ cat: z.string(), place: z.string() }),
});
const seen = (cat: string, place = 'roof'): OutgoingEvent =>
  catSeen.create({ cat, place }, { id: randomUUID(), headers: { 'x-request-id': 'r1' } });
const idsOf = (events: readonly OutgoingEvent[]) => events.map(({ id }) => id);

/** The promises of `Outbox`. */
export function outboxContract(open: () => Promise<{ db: SqlDatabase; close(): Promise<void> }>): void {
  describe('outbox', () => {
    let db: SqlDatabase;
    let close: () => Promise<void>;
    let outbox: Outbox;

    beforeAll(async () => {
      ({ db, close } = await open());
      await db.script(await readSql(OUTBOX_SCHEMA));
      outbox = createOutbox(db);
    });
    beforeEach(() => db.script('TRUNCATE outbox_events'));
    afterAll(() => close());

    const add = (...events: OutgoingEvent[]) => db.transaction((session) => outbox.add(session, events));
    test('tells how old its oldest entry is', async () => {
      expect(await outbox.oldestAgeS()).toBe(0);
      await add(seen('tom'), seen('kit'));
      await db.script(`UPDATE outbox_events SET created_at = created_at - interval '90 s' WHERE key = 'tom'`);
      expect(await outbox.oldestAgeS()).toBeGreaterThanOrEqual(90);
      expect(await outbox.oldestAgeS()).toBeLessThan(300);
    });

    const notDueYet = (event: OutgoingEvent) =>
      db.run(
        {
          name: 'delay',
          text: `UPDATE outbox_events SET due_at = now() + interval '1 hour' WHERE id = $1`,
        },
        [event.id],
      );
    const relayed = async (take = 500) => {
      const all: OutboxEntry[] = [];
      await outbox.relay(take, async (entries) => void all.push(...entries));
      return all;
    };

    test('passes on what was added, as it was, in order, once', async () => {
      const events = [seen('tom'), seen('kim', 'Überdach "1"'), seen('tom', 'yard')];
      await add(...events);
      expect((await relayed()).map(({ seq: _, ...event }) => event)).toEqual(events);
      expect(await relayed()).toEqual([]);
      expect(await outbox.count()).toBe(0);
    });

    test('holds nothing of a transaction that was rolled back', async () => {
      const work = db.transaction(async (session) => {
        await outbox.add(session, [seen('tom')]);
        throw new Error('no');
      });
      await expect(work).rejects.toThrow('no');
      expect(await outbox.count()).toBe(0);
    });

    test('keeps events that could not be published', async () => {
      const event = seen('tom');
      await add(event);
      await expect(outbox.relay(500, () => Promise.reject(new Error('no broker')))).rejects.toThrow(
        'no broker',
      );
      expect(idsOf(await relayed())).toEqual([event.id]);
    });

    test('passes on no more than was asked for, the oldest first', async () => {
      const events = [seen('a'), seen('b'), seen('c')];
      await add(...events);
      expect(idsOf(await relayed(2))).toEqual(idsOf(events.slice(0, 2)));
    });

    test('an event waits for an earlier one of its key that is not due yet', async () => {
      const [first, second, other] = [seen('tom'), seen('tom'), seen('kim')];
      await add(first, second, other);
      await notDueYet(first);
      expect(idsOf(await relayed())).toEqual([other.id]);
    });

    test('one relay works at a time', async () => {
      await add(seen('tom'));
      const publishing = Promise.withResolvers<void>();
      const started = Promise.withResolvers<void>();
      const first = outbox.relay(500, () => {
        started.resolve();
        return publishing.promise;
      });
      await started.promise;
      // PGlite has one connection: there the second waits until the first has ended.
      const second = outbox.relay(500, () => Promise.reject(new Error('published twice')));
      await Promise.race([second, sleep(50)]);
      publishing.resolve();
      expect(await first).toBe(1);
      expect(await second).toBe(0);
    });

    test('removes confirmed entries, also those that are gone', async () => {
      await add(seen('tom'), seen('kim'));
      let entries: readonly OutboxEntry[] = [];
      const failing = outbox.relay(500, async (due) => {
        entries = due;
        throw new Error('not confirmed');
      });
      await expect(failing).rejects.toThrow();
      await outbox.deletePublished(entries.slice(0, 1));
      await outbox.deletePublished(entries);
      expect(await outbox.count()).toBe(0);
    });

    test('reports which keys have unpublished events', async () => {
      await add(seen('tom'), seen('kim'));
      expect(await outbox.pendingKeys('cat.seen', ['tom', 'pam'])).toEqual(new Set(['tom']));
      expect(await outbox.pendingKeys('dog.seen', ['tom'])).toEqual(new Set());
      expect(await outbox.pendingKeys('cat.seen', [])).toEqual(new Set());
    });

    test('stays small when it is vacuumed, however much has gone through it', async () => {
      const size = async () =>
        Number(
          (await db.run({ name: 'size', text: `SELECT pg_relation_size('outbox_events') AS size` }))[0]?.size,
        );
      const events = Array.from({ length: 500 }, (_, i) => seen(`cat ${i}`));
      const round = async () => {
        await add(...events);
        await relayed();
        await outbox.vacuum();
      };
      for (let i = 0; i < 3; i++) await round();
      const before = await size();
      for (let i = 0; i < 10; i++) await round();
      expect(await size()).toBeLessThanOrEqual(before * 2);
    });
  });
}
