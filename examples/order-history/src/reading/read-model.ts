import { runForRow, type SqlDatabase, statement } from '@meower/shared/db/sql.ts';
import { integerField, keysetFields } from '@meower/shared/http/integer-field.ts';
import { z } from 'zod';
import type { Goods, Kind, Order } from '../events.ts';

/** States of orders and goods, as events bring them. */
export interface Changes {
  orders: readonly (Order & { deleted: boolean })[];
  goods: readonly (Goods & { deleted: boolean })[];
}

const counting = integerField({ min: 0, absent: 0 });
export const pageFields = z.object({
  ...keysetFields(100),
  offset: counting,
  /** Orders with more goods. */
  threshold: counting,
  /** 0: of all users. */
  user_id: counting,
});
export type PageOptions = z.infer<typeof pageFields>;

// By the column that is indexed, not by the column of the result, which has the same name.
const page = (name: string, condition: string) =>
  statement<{ id: number; user_id: number; created_at: Date }>(
    name,
    `SELECT id::float8 AS id, user_id::float8 AS user_id, created_at FROM listed_orders
     WHERE goods_count > $1 AND id > $2 ${condition} ORDER BY listed_orders.id OFFSET $3 LIMIT $4`,
  );
const statements = {
  apply: statement('apply_changes', 'SELECT apply_changes($1, $2, $3)'),
  page: page('page_of_history', ''),
  pageOfUser: page('page_of_user', 'AND user_id = $5'),
  has: statement('has_version', 'SELECT 1 FROM known_rows WHERE kind = $1 AND id = $2 AND version >= $3'),
  states: statement<{ id: number; state: string }>(
    'states_of_rows',
    `SELECT id::float8 AS id, owner || '/' || version AS state FROM known_rows
     WHERE kind = $1 AND version > 0 AND NOT deleted AND id > $2 AND id <= $3`,
  ),
  unlisted: statement<{ waiting: number; orphaned: number }>(
    'unlisted_goods',
    'SELECT * FROM unlisted_goods',
  ),
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
 * The history of orders. Changes commute: the result is that of the newest version of each order and of each of
 * the goods, regardless of the order in which changes come, how often, and in how many processes.
 */
export function createReadModel(db: SqlDatabase) {
  const apply = async ({ orders, goods }: Changes, onlyTo?: number) => {
    await db.run(statements.apply, [JSON.stringify(orders), JSON.stringify(goods), onlyTo ?? null]);
  };
  return {
    apply,

    async page({ threshold, after, offset, limit, user_id }: PageOptions) {
      const values = [threshold, after, offset, limit];
      const ofUser = user_id > 0 && db.run(statements.pageOfUser, [...values, user_id]);
      const rows = await (ofUser || db.run(statements.page, values));
      return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
    },

    /** Whether it has the write at this position. Undefined if it is not one. */
    has(position: string): Promise<boolean> | undefined {
      const [isPosition, ...values] = /^(order|goods)-(\d{1,15})-(\d{1,9})$/.exec(position) ?? [];
      return isPosition ? db.run(statements.has, values).then(({ length }) => length > 0) : undefined;
    },

    /** Owner and version of what exists, with an id above `after` and up to `upTo`. */
    states: (kind: Kind, after: number, upTo: number) => db.run(statements.states, [kind, after, upTo]),

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
