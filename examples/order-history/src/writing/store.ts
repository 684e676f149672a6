import { type SqlDatabase, statement } from '@meower/shared/db/sql.ts';
import type { OutgoingEvent } from '@meower/shared/event/define-event.ts';
import type { Metadata } from '@meower/shared/message/capabilities.ts';
import { createOutbox } from '@meower/shared/outbox/outbox.ts';
import { type Events, type Goods, type Order, positionOf } from '../events.ts';

/** Orders and goods are alike: each belongs to something else, which may change. */
export interface Kind<Data extends Order | Goods> {
  kind: 'order' | 'goods';
  table: 'orders' | 'goods';
  /** The column of what it belongs to. */
  owner: 'user_id' | 'order_id';
  events: Events<Data>;
}

export type Change = 'created' | 'updated' | 'deleted';

/** Stores each change together with its events. */
export interface Store<Data> {
  /**
   * `values`: the owner of a created row; id and new owner of an updated one; the id of a deleted one.
   * Undefined if there is no such row.
   */
  change(change: Change, values: number[], headers: Metadata): Promise<Data | undefined>;
  /** By id. */
  page(after: number, limit: number): Promise<readonly Data[]>;
}

type StoredRow = { id: number; former?: number };

export function createStore<Data extends Order | Goods>(
  db: SqlDatabase,
  { kind, table, owner, events }: Kind<Data>,
  onCommitted: () => void,
): Store<Data> {
  const outbox = createOutbox(db);
  const columns = `${table}.id::float8 AS id, ${table}.${owner}::float8 AS ${owner}, ${table}.version,
    to_char(${table}.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at`;
  const statements = {
    created: `INSERT INTO ${table} (${owner}) VALUES ($1) RETURNING ${columns}, ${owner}::float8 AS former`,
    updated: `WITH former AS (SELECT id, ${owner} FROM ${table} WHERE id = $1 FOR UPDATE)
      UPDATE ${table} SET ${owner} = $2, version = version + 1 FROM former WHERE ${table}.id = former.id
      RETURNING ${columns}, former.${owner}::float8 AS former`,
    deleted: `DELETE FROM ${table} WHERE id = $1
      RETURNING ${columns.replace('.version', '.version + 1 AS version')}, ${owner}::float8 AS former`,
  };
  // By the column that is indexed, not by the column of the result, which has the same name.
  const page = statement<StoredRow>(
    `page_of_${table}`,
    `SELECT ${columns} FROM ${table} WHERE id > $1 ORDER BY ${table}.id LIMIT $2`,
  );

  return {
    async change(change, values, headers) {
      const query = statement<StoredRow>(`${change}_${kind}`, statements[change]);
      const data = await db.transaction(async (session) => {
        const [row] = await session.run(query, values);
        if (!row) return undefined;
        const { former, ...rest } = row;
        const data = rest as unknown as Data; // its columns are those of the kind
        const event = events[change].create({ data }, { id: positionOf(kind, data), headers });
        await outbox.add(session, kind === 'goods' ? forBothOrders(event, String(former)) : [event]);
        return data;
      });
      if (data) onCommitted();
      return data;
    },
    page: async (after, limit) => (await db.run(page, [after, limit])) as unknown as Data[], // as above
  };
}

/** A move of goods is told to the order that they leave, too. */
function forBothOrders(event: OutgoingEvent, former: string): OutgoingEvent[] {
  return event.key === former ? [event] : [event, { ...event, id: `${event.id}-left`, key: former }];
}
