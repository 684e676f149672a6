import { runForRow, type SqlDatabase, statement } from '@meower/shared/db/sql.ts';
import type { Goods, Order } from '../events.ts';

/** States of orders and goods, as events bring them. */
export interface Changes {
  orders: readonly (Order & { deleted: boolean })[];
  goods: readonly (Goods & { deleted: boolean })[];
}

export interface PageOptions {
  /** Orders with more goods. */
  threshold: number;
  /** Orders with a greater id. */
  after: number;
  offset: number;
  limit: number;
  /** Undefined: of all users. */
  userId: number | undefined;
}

type HistoryRow = { id: number; user_id: number; created_at: Date };
type StateRow = { id: number; state: string };
type CountRow = { waiting: number; orphaned: number };

// By the column that is indexed, not by the column of the result, which has the same name.
const page = (condition: string) =>
  `SELECT id::float8 AS id, user_id::float8 AS user_id, created_at FROM listed_orders
   WHERE goods_count > $1 AND id > $2 ${condition} ORDER BY listed_orders.id OFFSET $3 LIMIT $4`;
const states = (columns: string, view: string) =>
  `SELECT id::float8 AS id, ${columns} AS state FROM ${view} WHERE id > $1 AND id <= $2`;
const has = (table: string) =>
  `SELECT 1 FROM ${table} WHERE model = (SELECT active FROM read_model) AND id = $1 AND version >= $2`;

const statements = {
  apply: statement('apply_changes', 'SELECT apply_changes($1, $2, $3)'),
  page: statement<HistoryRow>('page_of_history', page('')),
  pageOfUser: statement<HistoryRow>('page_of_user', page('AND user_id = $5')),
  hasOrder: statement('has_order', has('order_history')),
  hasGoods: statement('has_goods', has('goods_of_orders')),
  orderStates: statement<StateRow>('states_of_orders', states("user_id || '/' || version", 'listed_orders')),
  goodsStates: statement<StateRow>('states_of_goods', states("order_id || '/' || version", 'present_goods')),
  unlisted: statement<CountRow>('unlisted_goods', 'SELECT waiting, orphaned FROM unlisted_goods'),
  build: statement<{ building: number }>(
    'build_model',
    'UPDATE read_model SET building = greatest(active, building) + 1 RETURNING building',
  ),
  publish: statement(
    'publish_model',
    'UPDATE read_model SET active = building, building = NULL WHERE building = $1 RETURNING active',
  ),
};

export type ReadModel = ReturnType<typeof createReadModel>;

/**
 * The history of orders. Changes commute: whatever the order in which they come, however often, and in
 * however many processes, the result is that of the newest version of each order and of each of the goods.
 */
export function createReadModel(db: SqlDatabase) {
  const apply = async ({ orders, goods }: Changes, onlyTo?: number) => {
    await db.run(statements.apply, [JSON.stringify(orders), JSON.stringify(goods), onlyTo ?? null]);
  };
  return {
    apply,

    async page({ threshold, after, offset, limit, userId }: PageOptions) {
      const values = [threshold, after, offset, limit];
      const ofUser = userId === undefined ? undefined : db.run(statements.pageOfUser, [...values, userId]);
      const rows = await (ofUser ?? db.run(statements.page, values));
      return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
    },

    /** Whether it has the write at this position. Undefined if it is not one. */
    has(position: string): Promise<boolean> | undefined {
      const [, kind, id, version] = /^(order|goods)-(\d{1,15})-(\d{1,9})$/.exec(position) ?? [];
      if (kind === undefined) return undefined;
      const query = kind === 'order' ? statements.hasOrder : statements.hasGoods;
      return db.run(query, [id, version]).then(({ length }) => length > 0);
    },

    /** Owner and version of what exists, with an id above `after` and up to `upTo`. */
    states: async (kind: 'order' | 'goods', after: number, upTo: number) => [
      ...(await db.run(kind === 'order' ? statements.orderStates : statements.goodsStates, [after, upTo])),
    ],

    /** Goods that no page counts: their order has not come, or is deleted. */
    unlisted: () => runForRow(db, statements.unlisted),

    /**
     * Builds the model again while the present one is read, then replaces it. Rejects if another rebuild
     * began meanwhile.
     */
    async rebuild(history: AsyncIterable<Changes>): Promise<void> {
      const { building } = await runForRow(db, statements.build);
      for await (const changes of history) await apply(changes, building);
      const published = await db.run(statements.publish, [building]);
      if (published.length === 0) throw new Error('another rebuild began');
      for (const table of ['goods_of_orders', 'order_history'])
        await db.script(`DELETE FROM ${table} WHERE model < ${building}`);
    },
  };
}
