import { type SqlDatabase, statement } from '@meower/shared/db/sql.ts';
import type { Metadata } from '@meower/shared/message/capabilities.ts';
import type { TransactionWithEvents } from '@meower/shared/outbox/transactions-with-events.ts';
import { type Change, type Events, type Kind, positionOf, type Row } from '../events.ts';

export type Store = ReturnType<typeof createStore>;

/** Stores each change of the rows of a kind together with its events. */
export function createStore(kind: Kind, events: Events, db: SqlDatabase, transaction: TransactionWithEvents) {
  const [table, owner] = kind === 'order' ? ['orders', 'user_id'] : ['goods', 'order_id'];
  const columns = `${table}.id::float8 AS id, ${table}.${owner}::float8 AS ${owner}, ${table}.version,
    to_char(${table}.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at`;
  const statements = {
    created: `INSERT INTO ${table} (${owner}) VALUES ($1) RETURNING ${columns}, ${owner}::text AS former`,
    updated: `WITH former AS (SELECT id, ${owner} FROM ${table} WHERE id = $1 FOR UPDATE)
      UPDATE ${table} SET ${owner} = $2, version = version + 1 FROM former WHERE ${table}.id = former.id
      RETURNING ${columns}, former.${owner}::text AS former`,
    deleted: `DELETE FROM ${table} WHERE id = $1
      RETURNING ${columns.replace('.version', '.version + 1 AS version')}, ${owner}::text AS former`,
  };
  // By the column that is indexed, not by the column of the result, which has the same name.
  const page = statement<Row>(
    `page_of_${table}`,
    `SELECT ${columns} FROM ${table} WHERE id > $1 ORDER BY ${table}.id LIMIT $2`,
  );

  return {
    /**
     * `values`: the owner of a created row; id and new owner of an updated one; the id of a deleted one.
     * Undefined if there is no such row.
     */
    change(change: Change, values: unknown[], headers: Metadata): Promise<Row | undefined> {
      const query = statement<Row & { former: string }>(`${change}_${kind}`, statements[change]);
      return transaction(async (session, add) => {
        const [stored] = await session.run(query, values);
        if (!stored) return undefined;
        const { former, ...data } = stored;
        const event = events[change].create({ data }, { id: positionOf(kind, data), headers });
        await add(event);
        // Goods that move leave an order, which is told as well.
        if (kind === 'goods' && event.key !== former)
          await add({ ...event, id: `${event.id}-left`, key: former });
        return data;
      });
    },

    /** By id. */
    page: (after: number, limit: number) => db.run(page, [after, limit]),
  };
}
