import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OutgoingEvent } from '../event/define-event.ts';
import { createdEvent, meowCreated, meowDeleted } from '../event/meow-events.ts';
import { type Meow, meowToJson } from '../meow/meow.ts';
import { createIdGenerator } from '../meow/meow-id.ts';
import type { MeowRepository } from './meow-repository.ts';
import type { SqlDatabase } from './sql.ts';

export interface RepositorySubject {
  repository: MeowRepository;
  /** The same database, to look behind the repository's back. */
  db: SqlDatabase;
}

/** The promises of `MeowRepository`. */
export function repositoryContract(name: string, open: () => Promise<RepositorySubject>): void {
  describe(`${name}: db repository`, () => {
    let subject: RepositorySubject;
    let repository: MeowRepository;
    const newMeowId = createIdGenerator();
    const newMeow = (body = 'meow'): Meow => ({ ...newMeowId(), body });
    const insertMany = async (count: number): Promise<Meow[]> => {
      const meows = Array.from({ length: count }, (_, i) => newMeow(`meow ${i}`));
      await repository.insertMeows(meows.map((meow) => ({ meow, headers: {} })));
      return meows;
    };
    const unpublished = async (): Promise<OutgoingEvent[]> => {
      const seen: OutgoingEvent[] = [];
      const look = repository.outbox.relay(1000, (entries) => {
        seen.push(...entries.map(({ seq: _, ...event }) => event));
        return Promise.reject(new Error('only looking'));
      });
      await look.catch((error: Error) => expect(error.message).toBe('only looking'));
      return seen;
    };

    beforeAll(async () => {
      subject = await open();
      repository = subject.repository;
      await repository.migrate();
    });
    beforeEach(() =>
      subject.db.script('TRUNCATE meows, outbox_events, idempotency_keys, deleted_meows, meow_reports'),
    );
    afterAll(async () => {
      await repository.close();
      await repository.close();
    });

    test('an inserted meow is listed unchanged, to the microsecond', async () => {
      const meow = {
        id: newMeowId().id,
        body: '&lt;b&gt; 🐱 äöü',
        createdAt: '2026-11-21T02:43:32.123456Z',
      };
      await repository.insertMeow(meow);
      expect(await repository.listMeows(0, 10)).toEqual([meow]);
      expect(await repository.findMeow(meow.id)).toEqual(meow);
    });

    test('lists newest first, and skips and takes', async () => {
      const meows = await insertMany(1000);
      const newestFirst = [...meows].reverse();
      expect(await repository.listMeows(0, 1000)).toEqual(newestFirst);
      expect(await repository.listMeows(5, 3)).toEqual(newestFirst.slice(5, 8));
      expect(await repository.listMeows(1000, 3)).toEqual([]);
      expect(await repository.listMeows(0, 0)).toEqual([]);
      expect(await repository.countMeows()).toBe(1000);
    });

    test('pages by id in both directions', async () => {
      const meows = await insertMany(10);
      const id = (meows[5] as Meow).id;
      expect(await repository.listMeowsBefore(id, 3)).toEqual([meows[4], meows[3], meows[2]]);
      expect(await repository.listMeowsAfter(id, 3)).toEqual([meows[6], meows[7], meows[8]]);
      expect(await repository.listMeowsAfter('', 2)).toEqual([meows[0], meows[1]]);
    });

    test('ids sort by their bytes, not as a language would', async () => {
      const createdAt = '2026-11-21T02:43:32.000000Z';
      for (const id of ['a', 'B', '1']) await repository.insertMeow({ id, body: 'meow', createdAt });
      expect((await repository.listMeows(0, 3)).map(({ id }) => id)).toEqual(['a', 'B', '1']);
    });

    test('a batch with one meow that cannot be stored stores none of it', async () => {
      const [there] = await insertMany(1);
      const entries = [newMeow(), there as Meow, newMeow()].map((meow) => ({ meow, headers: {} }));
      await expect(repository.insertMeows(entries)).rejects.toThrow(/duplicate key/);
      expect(await repository.countMeows()).toBe(1);
      expect(await repository.outbox.count()).toBe(1);
    });

    test('of meows with the same idempotency key only the first is stored, and all get its id', async () => {
      const keyed = (idempotencyKey: string) => ({ meow: newMeow(), headers: {}, idempotencyKey });
      const [first, same, other] = [keyed('k1'), keyed('k1'), keyed('k2')];
      const plain = { meow: newMeow(), headers: {} };
      const inserted = await repository.insertMeows([first, same, other, plain]);
      expect(inserted.map(({ id }) => id)).toEqual([first, first, other, plain].map(({ meow }) => meow.id));
      expect(inserted.map(({ event }) => event?.id)).toEqual([
        first.meow.id,
        undefined,
        other.meow.id,
        plain.meow.id,
      ]);
      expect(await repository.insertMeows([keyed('k2')])).toEqual([{ id: other.meow.id }]);
      expect(await repository.countMeows()).toBe(3);
      expect((await unpublished()).map(({ id }) => id)).toEqual(
        [first, other, plain].map(({ meow }) => meow.id),
      );
    });

    test('a meow whose idempotency key belongs to one with another body is not stored', async () => {
      const keyed = (body: string) => ({ meow: newMeow(body), headers: {}, idempotencyKey: 'k1' });
      const [first, ...others] = [keyed('meow'), keyed('purr'), keyed('meow')];
      const { id } = first.meow;
      expect(await repository.insertMeows([first, ...others])).toMatchObject([
        { id },
        { keyTaken: true },
        { id },
      ]);
      expect(await repository.insertMeows([keyed('hiss')])).toEqual([{ id, keyTaken: true }]);
      expect(await repository.insertMeows([keyed('meow')])).toEqual([{ id }]);
      expect(await repository.countMeows()).toBe(1);
    });

    test('of concurrent inserts with the same key one is stored', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, () =>
          repository.insertMeows(
            ['k1', 'k2'].map((idempotencyKey) => ({ meow: newMeow(), headers: {}, idempotencyKey })),
          ),
        ),
      );
      expect(new Set(results.flat().map(({ id }) => id)).size).toBe(2);
      expect(await repository.countMeows()).toBe(2);
    });

    test('an idempotency key that has not expired is kept', async () => {
      const entry = () => ({ meow: newMeow(), headers: {}, idempotencyKey: 'k1' });
      const [first] = await repository.insertMeows([entry()]);
      await repository.deleteExpiredIdempotencyKeys();
      expect(await repository.insertMeows([entry()])).toEqual([{ id: first?.id }]);
    });

    test('a meow that is not there is not found', async () => {
      expect(await repository.findMeow('unknown')).toBeUndefined();
    });

    test('each inserted meow has its event in the outbox, with its headers, oldest first', async () => {
      const [first, second] = [newMeow('"quoted" 🐱'), newMeow()];
      await repository.insertMeows([
        { meow: first, headers: { 'x-request-id': 'r1' } },
        { meow: second, headers: {} },
      ]);
      expect(await unpublished()).toEqual([
        createdEvent(first, { 'x-request-id': 'r1' }),
        createdEvent(second, {}),
      ]);
    });

    test.each([1, 2])('an insert of %i returns the events as they are in the outbox', async (count) => {
      const meows = Array.from({ length: count }, () => newMeow());
      const inserted = await repository.insertMeows(
        meows.map((meow) => ({ meow, headers: {} })),
        { dueAfterMs: 60_000 },
      );
      expect(inserted.map(({ event }) => ({ ...event, seq: undefined }))).toEqual(
        meows.map((meow) => createdEvent(meow, {})),
      );
      await repository.outbox.deletePublished(inserted.flatMap(({ event }) => event ?? []));
      expect(await repository.outbox.count()).toBe(0);
    });

    test('the sweep leaves an event to its writer until it is due', async () => {
      await repository.insertMeows([{ meow: newMeow(), headers: {} }], { dueAfterMs: 60_000 });
      expect(await unpublished()).toEqual([]);
      expect(await repository.outbox.count()).toBe(1);
    });

    test('a deleted meow is in no list, and has an event', async () => {
      const [gone, stays] = (await insertMany(2)) as [Meow, Meow];
      expect(await repository.deleteMeows([gone.id, 'unknown'], { 'x-request-id': 'r1' })).toEqual(
        new Set([gone.id]),
      );
      expect(await repository.listMeows(0, 10)).toEqual([stays]);
      expect(await repository.findMeow(gone.id)).toBeUndefined();
      const [, , deleted, unknown] = await unpublished();
      expect(deleted).toMatchObject({
        topic: 'meow.deleted',
        key: gone.id,
        metadata: { 'x-request-id': 'r1' },
      });
      expect(meowDeleted.read(deleted as OutgoingEvent)).toEqual({ id: gone.id });
      expect(meowDeleted.read(unknown as OutgoingEvent)).toEqual({ id: 'unknown' });
    });

    test('a deletion is remembered, and may be repeated', async () => {
      const [gone, stays] = (await insertMany(2)) as [Meow, Meow];
      await Promise.all([repository.deleteMeows([gone.id]), repository.deleteMeows([gone.id])]);
      expect(await repository.deleteMeows([gone.id])).toEqual(new Set());
      expect(await repository.findDeleted([gone.id, stays.id])).toEqual(new Set([gone.id]));
      expect(await repository.findIds([gone.id, stays.id, 'unknown'])).toEqual(new Set([stays.id]));
      expect(await repository.listDeletedAfter('', 10)).toEqual([gone.id]);
      expect(await repository.listDeletedAfter(gone.id, 10)).toEqual([]);
    });

    test('takes over what an earlier version has left in its outbox', async () => {
      const meow = newMeow('left over');
      await subject.db.script(`CREATE TABLE outbox (meow_id TEXT PRIMARY KEY, headers JSONB NOT NULL, created_at TIMESTAMPTZ DEFAULT now());
        INSERT INTO meows VALUES ('${meow.id}', '${meow.body}', '${meow.createdAt}');
        INSERT INTO outbox (meow_id, headers) VALUES ('${meow.id}', '{"x-request-id": "r1"}')`);
      await repository.migrate();
      await repository.migrate();
      const [event, ...more] = await unpublished();
      expect(more).toEqual([]);
      expect(meowCreated.read(event as OutgoingEvent)).toEqual(meowToJson(meow));
      expect(event).toMatchObject({
        id: meow.id,
        topic: 'meow.created',
        key: meow.id,
        metadata: { 'x-request-id': 'r1' },
      });
      await subject.db.script('DROP TABLE outbox');
    });

    test('migrating again, also at the same time, keeps everything', async () => {
      await insertMany(2);
      await Promise.all([repository.migrate(), repository.migrate()]);
      expect(await repository.countMeows()).toBe(2);
      expect(await repository.outbox.count()).toBe(2);
    });

    test('an insert that has resolved is in every list that starts afterwards', async () => {
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          const meow = newMeow();
          await repository.insertMeow(meow);
          expect(await repository.listMeows(0, 1000)).toContainEqual(meow);
        }),
      );
    });

    test('the data version changes with each insert', async () => {
      const versions = [await repository.dataVersion()];
      for (let i = 0; i < 3; i++) {
        await insertMany(1);
        versions.push(await repository.dataVersion());
      }
      expect(new Set(versions).size).toBe(4);
    });
  });
}
