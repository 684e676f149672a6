import { readFile } from 'node:fs/promises';
import { openPglite } from '@meower/shared/db/pglite.ts';
import type { SqlDatabase } from '@meower/shared/db/sql.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { createTestDatabase } from '@meower/shared/testing/postgres.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectedPage, randomHistory, scrambled } from '../testing/random-history.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { type Changes, createReadModel, type PageOptions, type ReadModel } from './read-model.ts';

const ALL: PageOptions = { threshold: 0, after: 0, offset: 0, limit: 1000, user_id: 0 };
const created_at = '2026-01-01T00:00:00.000000Z';
const order = (id: number, version = 1, deleted = false): Changes => ({
  orders: [{ id, user_id: 7, created_at, version, deleted }],
  goods: [],
});
const goods = (id: number, order_id: number, version = 1, deleted = false): Changes => ({
  orders: [],
  goods: [{ id, order_id, created_at, version, deleted }],
});

function readModelTests(open: () => Promise<{ db: SqlDatabase; drop(): Promise<void> }>): void {
  let db: SqlDatabase;
  let drop: () => Promise<void>;
  let readModel: ReadModel;
  const idsOf = async (options: Partial<PageOptions> = {}) =>
    (await readModel.page({ ...ALL, ...options })).map(({ id }) => id);

  beforeAll(async () => {
    ({ db, drop } = await open());
    const schema = await readFile(new URL('order-history.sql', import.meta.url), 'utf8');
    await db.script(schema);
    await db.script(schema); // as at each start
    readModel = createReadModel(db);
  }, 60_000);
  afterAll(() => drop());
  beforeEach(() =>
    db.script('TRUNCATE order_history, goods_of_orders; UPDATE read_model SET active = 1, building = NULL'),
  );

  test.each([1, 2, 3])(
    'ends in the same state for any order, repetitions and replicas (%i)',
    async (seed) => {
      const random = seededRandom(seed);
      const history = randomHistory(400, random);
      const batches = scrambled(history.events, random);
      const replicas = [readModel, createReadModel(db), createReadModel(db)];
      const rebuilding = readModel.rebuild(
        (async function* () {
          yield* history.events;
        })(),
      );
      await Promise.all(
        replicas.map(async (replica, i) => {
          for (const batch of batches.filter((_, n) => n % replicas.length === i))
            await applyUntilDone(replica, batch);
        }),
      );
      await rebuilding;
      const rows = await db.run<{ id: number; goods_count: number }>({
        name: 'all_counts',
        text: 'SELECT id::float8 AS id, goods_count FROM listed_orders ORDER BY id',
      });
      expect(new Map(rows.map(({ id, goods_count }) => [id, goods_count]))).toEqual(history.counts);
      for (const threshold of [0, 1, 2, 5, 20])
        expect(await idsOf({ threshold })).toEqual(expectedPage(history, threshold));
      const users = new Map((await readModel.page(ALL)).map(({ id, user_id }) => [id, user_id]));
      for (const [id, user] of users) expect(user).toBe(history.userOf.get(id));
    },
  );

  test('counts goods that come before their order, and shows them when it comes', async () => {
    await readModel.apply(goods(1, 5));
    expect(await idsOf()).toEqual([]);
    expect(await readModel.unlisted()).toEqual({ waiting: 1, orphaned: 0 });
    await readModel.apply(order(5));
    expect(await idsOf()).toEqual([5]);
    expect(await readModel.unlisted()).toEqual({ waiting: 0, orphaned: 0 });
  });

  test('a late event does not bring back what is deleted', async () => {
    await readModel.apply(order(5, 2, true));
    await readModel.apply(goods(1, 5, 3, true));
    await readModel.apply(order(5));
    await readModel.apply(goods(1, 5, 2));
    await readModel.apply(goods(2, 5));
    expect(await idsOf()).toEqual([]);
    expect(await readModel.unlisted()).toEqual({ waiting: 0, orphaned: 1 });
  });

  test('pages by threshold, id, offset and user', async () => {
    for (let id = 1; id <= 5; id++) {
      await readModel.apply({
        orders: [{ id, user_id: id % 2, created_at, version: 1, deleted: false }],
        goods: [],
      });
      for (let n = 0; n < id; n++) await readModel.apply(goods(id * 10 + n, id));
    }
    expect(await idsOf({ threshold: 2 })).toEqual([3, 4, 5]);
    expect(await idsOf({ after: 3 })).toEqual([4, 5]);
    expect(await idsOf({ offset: 1, limit: 2 })).toEqual([2, 3]);
    expect(await idsOf({ user_id: 1 })).toEqual([1, 3, 5]);
    expect((await readModel.page(ALL))[0]).toEqual({
      id: 1,
      user_id: 1,
      created_at: '2026-01-01T00:00:00.000Z',
    });
  });

  test('has a write, and later versions of it', async () => {
    await readModel.apply(order(5, 2));
    await readModel.apply(goods(1, 5));
    expect(
      await Promise.all(['order-5-1', 'order-5-2', 'order-5-3', 'goods-1-1', 'goods-2-1'].map(readModel.has)),
    ).toEqual([true, true, false, true, false]);
    expect(readModel.has('order-5')).toBeUndefined();
  });

  test('a rebuild repairs what was lost, and is read only when it is complete', async () => {
    await readModel.apply(order(1));
    await readModel.apply(goods(1, 1));
    const seen: number[][] = [];
    await readModel.rebuild(
      (async function* () {
        yield order(2);
        seen.push(await idsOf({ threshold: 0 }));
        await readModel.apply(goods(3, 1)); // comes meanwhile
        yield goods(2, 2);
        yield order(1);
      })(),
    );
    expect(seen).toEqual([[1]]);
    expect(await idsOf()).toEqual([1, 2]);
  });

  test('of two rebuilds the later one is published', async () => {
    const first = readModel.rebuild(
      (async function* () {
        yield order(1);
        await createReadModel(db).rebuild(
          (async function* () {
            yield order(2);
            yield goods(1, 2);
          })(),
        );
      })(),
    );
    await expect(first).rejects.toThrow('another rebuild began');
    expect(await idsOf()).toEqual([2]);
  });
}

/**
 * As the broker delivers a batch again whose handler failed. Replicas that wait crosswise are one such
 * failure.
 */
async function applyUntilDone(readModel: ReadModel, batch: Changes): Promise<void> {
  for (;;) {
    try {
      return await readModel.apply(batch);
    } catch (error) {
      if ((error as { code?: string }).code !== DEADLOCK) throw error;
    }
  }
}
const DEADLOCK = '40P01';

describe('on PGlite', () =>
  readModelTests(async () => {
    const db = await openPglite();
    return { db, drop: () => db.close() };
  }));
describeReal('postgres', (url) => readModelTests(() => createTestDatabase(url)));
