import { readFile } from 'node:fs/promises';
import { eventsOf } from '@meower/order-history/events.ts';
import { createReadModel } from '@meower/order-history/reading/read-model.ts';
import { createStore } from '@meower/order-history/writing/store.ts';
import { createPostgres } from '@meower/shared/db/postgres.ts';
import { type SqlDatabase, statement } from '@meower/shared/db/sql.ts';
import { transactionsWithEvents } from '@meower/shared/outbox/transactions-with-events.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import type { Benchmark, BenchmarkContext } from '../benchmark.ts';
import { alternate } from '../rounds.ts';
import { type Row, ratioRow } from '../rows.ts';

/** Enough for a full page from the middle. */
const FEW_GOODS = 50_000;
const GOODS_PER_ORDER = 10;
const PAGE = { threshold: 15, after: 0, offset: 0, limit: 100, user_id: 0 };
/** Where 5 % of the orders match, and where almost none does. */
const PAGES = [
  { measure: '100 orders above 15', pageOf: () => PAGE },
  {
    measure: '100 orders above 15 from the middle',
    pageOf: (goods: number) => ({ ...PAGE, after: goods / GOODS_PER_ORDER / 2 }),
  },
  { measure: 'the orders above 25', pageOf: () => ({ ...PAGE, threshold: 25 }) },
];

/**
 * Does a page of the order history cost the same however many goods there are, and what do the alternatives
 * cost?
 */
export const historyPage: Benchmark = {
  name: 'history-page',
  needs: ['postgres'],
  async run(context) {
    await using opened = new AsyncDisposableStack();
    const many = await fill(context.rows, context, opened);
    const few = await fill(FEW_GOODS, context, opened);
    const rows: Row[] = [];
    for (const { measure, pageOf } of PAGES) {
      const read = (db: SqlDatabase, goods: number) =>
        averageMs(200, () => createReadModel(db).page(pageOf(goods)));
      const contenders = [
        { name: 'read model', round: () => read(many, context.rows) },
        { name: 'few goods', round: () => read(few, FEW_GOODS) },
      ];
      const results = await alternate(contenders, { ...context, label: measure });
      const row = { measure: `${measure}, of ${context.rows} goods`, unit: 'ms', metric: 'ms' };
      const target = { atMost: 1.5 };
      rows.push(ratioRow(results, { ...row, target }, { name: `of ${FEW_GOODS} goods`, contender: 1 }));
    }
    const contenders = [
      { name: 'read model', round: () => averageMs(200, () => createReadModel(many).page(PAGE)) },
      { name: 'COUNT(*) HAVING', round: () => averageMs(2, () => countEach(many)) },
      { name: 'API composer', round: () => averageMs(1, () => compose(many)) },
    ];
    const results = await alternate(contenders, { ...context, label: 'alternatives' });
    const row = { measure: `100 orders above 15, of ${context.rows} goods`, unit: 'ms', metric: 'ms' };
    return [
      ...rows,
      ratioRow(results, row, { name: 'COUNT(*) … HAVING', contender: 1 }),
      ratioRow(results, row, { name: 'API composer, without HTTP', contender: 2 }),
    ];
  },
};

async function fill(
  goods: number,
  { fixtures }: BenchmarkContext,
  opened: AsyncDisposableStack,
): Promise<SqlDatabase> {
  const { configs } = opened.use(await fixtures('postgres'));
  if (!configs.postgres) throw new Error('the benchmark needs Postgres');
  const db = createPostgres({ ...configs.postgres, timeoutMs: 600_000 }, silentLogger);
  opened.defer(() => db.close());
  for (const file of ['writing/order.sql', 'writing/goods.sql', 'reading/order-history.sql'])
    await db.script(await readFile(new URL(import.meta.resolve(`@meower/order-history/${file}`)), 'utf8'));
  const orders = goods / GOODS_PER_ORDER;
  await db.script(`
    INSERT INTO orders (user_id) SELECT 1 + n % 1000 FROM generate_series(1, ${orders}) AS n;
    INSERT INTO goods (order_id) SELECT 1 + floor(random() * ${orders}) FROM generate_series(1, ${goods});
    INSERT INTO order_history (model, id, user_id, created_at, version) SELECT 1, id, user_id, created_at, 1 FROM orders;
    INSERT INTO goods_of_orders (model, id, order_id, version, deleted) SELECT 1, id, order_id, 1, false FROM goods;
    ANALYZE`);
  return db;
}

const having = statement(
  'orders_by_count',
  `SELECT orders.id, user_id, orders.created_at FROM orders JOIN goods ON goods.order_id = orders.id
   WHERE orders.id > $1 GROUP BY orders.id HAVING count(*) > $2 ORDER BY orders.id LIMIT $3`,
);

async function countEach(db: SqlDatabase): Promise<void> {
  await db.run(having, [PAGE.after, PAGE.threshold, PAGE.limit]);
}

/** Reads all of both services, as a composer has to that cannot filter by the other's data. */
async function compose(db: SqlDatabase): Promise<void> {
  const transaction = transactionsWithEvents(db, () => {});
  const orders = createStore('order', eventsOf('order', 'order_created_v1'), db, transaction);
  const goods = createStore('goods', eventsOf('goods', 'goods_created_v1'), db, transaction);
  const counts = new Map<number, number>();
  for await (const one of allOf(goods))
    if ('order_id' in one) counts.set(one.order_id, (counts.get(one.order_id) ?? 0) + 1);
  let found = 0;
  for await (const { id } of allOf(orders))
    if ((counts.get(id) ?? 0) > PAGE.threshold && ++found === PAGE.limit) return;
}

async function* allOf<T extends { id: number }>(store: {
  page(after: number, limit: number): Promise<readonly T[]>;
}) {
  for (let after = 0; ; ) {
    const page = await store.page(after, 1000);
    yield* page;
    if (page.length < 1000) return;
    after = page.at(-1)?.id ?? 0;
  }
}

async function averageMs(times: number, work: () => Promise<unknown>) {
  const started = performance.now();
  for (let i = 0; i < times; i++) await work();
  return { ms: (performance.now() - started) / times };
}
