import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Meow } from '../schema/meow.ts';
import { createIdGenerator } from '../schema/meow-id.ts';
import type { MeowRepository, MeowToInsert } from './meow-repository.ts';
import type { SqlDatabase } from './sql.ts';

export interface RepositorySubject {
  repository: MeowRepository;
  /** Empties the tables. */
  clear(): Promise<void>;
  /** What the outbox takes up, in bytes. */
  outboxSize(): Promise<number>;
}

export async function outboxSize(db: SqlDatabase): Promise<number> {
  const rows = await db.run({
    name: 'outbox_size',
    text: `SELECT pg_relation_size('outbox')::int AS bytes`,
  });
  return rows[0]?.bytes as number;
}

/** What every `SearchRepository` must do. */
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
    const owed = async (): Promise<readonly MeowToInsert[]> => {
      let seen: readonly MeowToInsert[] = [];
      await repository.outbox
        .relay({ take: 1000, olderThanMs: 0 }, (entries) => {
          seen = entries;
          return Promise.reject(new Error('only looking'));
        })
        .catch((error: Error) => expect(error.message).toBe('only looking'));
      return seen;
    };

    beforeAll(async () => {
      subject = await open();
      repository = subject.repository;
      await repository.migrate();
    });
    beforeEach(() => subject.clear());
    afterAll(async () => {
      await repository.close();
      await repository.close();
    });

    test('an inserted meow is listed as it was given, to the microsecond', async () => {
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

    test('of meows with the same idempotency key only the first is stored, and its id is told to all', async () => {
      const keyed = (idempotencyKey: string) => ({ meow: newMeow(), headers: {}, idempotencyKey });
      const [first, same, other] = [keyed('k1'), keyed('k1'), keyed('k2')];
      const plain = { meow: newMeow(), headers: {} };
      expect(await repository.insertMeows([first, same, other, plain])).toEqual([
        first.meow.id,
        first.meow.id,
        other.meow.id,
        plain.meow.id,
      ]);
      expect(await repository.insertMeows([keyed('k2')])).toEqual([other.meow.id]);
      expect(await repository.countMeows()).toBe(3);
      expect((await owed()).map(({ meow }) => meow.id)).toEqual([
        first.meow.id,
        other.meow.id,
        plain.meow.id,
      ]);
    });

    test('of many that come at once with the same key one is stored', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, () =>
          repository.insertMeows(
            ['k1', 'k2'].map((idempotencyKey) => ({ meow: newMeow(), headers: {}, idempotencyKey })),
          ),
        ),
      );
      expect(new Set(results.flat()).size).toBe(2);
      expect(await repository.countMeows()).toBe(2);
    });

    test('a young idempotency key is not forgotten', async () => {
      const entry = () => ({ meow: newMeow(), headers: {}, idempotencyKey: 'k1' });
      const [id] = await repository.insertMeows([entry()]);
      await repository.deleteExpiredIdempotencyKeys();
      expect(await repository.insertMeows([entry()])).toEqual([id]);
    });

    test('a meow that is not there is not found', async () => {
      expect(await repository.findMeow('nobody')).toBeUndefined();
    });

    test('each inserted meow owes an event, with its headers, oldest first', async () => {
      const first = { meow: newMeow(), headers: { 'x-request-id': 'r1' } };
      const second = { meow: newMeow(), headers: {} };
      await repository.insertMeows([first, second]);
      expect(await owed()).toEqual([first, second]);
    });

    test('what has been published is owed no more', async () => {
      const meows = await insertMany(5);
      const published: string[] = [];
      const relayed = await repository.outbox.relay({ take: 3, olderThanMs: 0 }, async (entries) => {
        published.push(...entries.map(({ meow }) => meow.id));
      });
      expect(relayed).toBe(3);
      expect(published).toEqual(meows.slice(0, 3).map(({ id }) => id));
      expect((await owed()).map(({ meow }) => meow)).toEqual(meows.slice(3));
      await repository.outbox.remove([(meows[3] as Meow).id, 'nobody']);
      expect(await repository.outbox.count()).toBe(1);
    });

    test('tells which events are still owed', async () => {
      const [published, left] = (await insertMany(2)).map(({ id }) => id) as [string, string];
      const ids = [published, left, 'nobody'];
      await repository.outbox.remove([published]);
      expect(await repository.outbox.pending(ids)).toEqual(new Set([left]));
      expect(await repository.outbox.pending([])).toEqual(new Set());
    });

    test('what could not be published is still owed', async () => {
      await insertMany(2);
      const failing = repository.outbox.relay({ take: 9, olderThanMs: 0 }, () =>
        Promise.reject(new Error('down')),
      );
      await expect(failing).rejects.toThrow('down');
      expect(await repository.outbox.count()).toBe(2);
    });

    test('a young entry is left to the one that wrote it', async () => {
      await insertMany(2);
      const relayed = await repository.outbox.relay({ take: 9, olderThanMs: 60_000 }, () =>
        Promise.resolve(),
      );
      expect(relayed).toBe(0);
    });

    test('an empty outbox publishes nothing', async () => {
      const relayed = await repository.outbox.relay({ take: 9, olderThanMs: 0 }, () =>
        Promise.reject(new Error('called')),
      );
      expect(relayed).toBe(0);
    });

    test('when tidied, the outbox takes new entries where removed ones were', async () => {
      const fill = async () => {
        const ids = (await insertMany(1000)).map(({ id }) => id);
        await repository.outbox.remove(ids.slice(1));
        await repository.outbox.vacuum();
      };
      await fill();
      const size = await subject.outboxSize();
      for (let i = 0; i < 4; i++) await fill();
      expect(await subject.outboxSize()).toBeLessThan(2 * size);
      expect(await repository.outbox.count()).toBe(5);
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

    test('the version is another after each insert', async () => {
      const versions = [await repository.dataVersion()];
      for (let i = 0; i < 3; i++) {
        await insertMany(1);
        versions.push(await repository.dataVersion());
      }
      expect(new Set(versions).size).toBe(4);
    });

    test('two that relay at once share the work', async () => {
      const meows = await insertMany(10);
      const published: string[] = [];
      const relay = () =>
        repository.outbox.relay({ take: 5, olderThanMs: 0 }, async (entries) => {
          published.push(...entries.map(({ meow }) => meow.id));
        });
      expect(await Promise.all([relay(), relay()])).toEqual([5, 5]);
      expect(published.sort()).toEqual(meows.map(({ id }) => id));
      expect(await repository.outbox.count()).toBe(0);
    });
  });
}
