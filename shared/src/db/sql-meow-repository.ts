import { readFile } from 'node:fs/promises';
import type { OutgoingEvent } from '../event/define-event.ts';
import { createdEvent, deletedEvent } from '../event/meow-events.ts';
import {
  createOutbox,
  eventColumns,
  eventParameters,
  insertEvents,
  outboxValues,
  readOutboxSchema,
} from '../outbox/outbox.ts';
import type { Meow } from '../schema/meow.ts';
import type { InsertedMeow, MeowRepository, MeowToInsert } from './meow-repository.ts';
import type { Row, SqlDatabase, Statement } from './sql.ts';

const UP_SQL = new URL('../../../postgres/up.sql', import.meta.url);
/** Any number, the same in all processes: two that migrate at once would otherwise collide in the catalogue. */
const MIGRATION_LOCK = 6_369_911;

const MEOW = `id, body, to_char(meows.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at`;

const statements = {
  ping: statement('ping', 'SELECT 1'),
  // The same as the next one, for a single meow in half the time.
  insertOne: statement(
    'insert_meow',
    `WITH written AS (INSERT INTO meows (id, body, created_at) VALUES ($1, $2, $3))
     ${insertEvents} VALUES ($4, $5, $6, $7::json, $8, now() + $9 * interval '1 millisecond')
     RETURNING seq::text, id`,
  ),
  insert: statement(
    'insert_meows',
    `WITH input AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], ${eventParameters(4)})
         AS t (meow_id, body, created_at, ${eventColumns})
     ), written AS (
       INSERT INTO meows (id, body, created_at) SELECT meow_id, body, created_at FROM input
     )
     ${insertEvents} SELECT ${eventColumns}, now() + $9 * interval '1 millisecond' FROM input
     RETURNING seq::text, id`,
  ),
  // Keys are inserted in their order, so that two batches with the same keys wait for one another instead of deadlocking.
  insertKeyed: statement(
    'insert_keyed_meows',
    `WITH input AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], ${eventParameters(4)}, $10::text[])
         WITH ORDINALITY AS t (meow_id, body, created_at, ${eventColumns}, idempotency_key, place)
     ), taken AS (
       INSERT INTO idempotency_keys (key, meow_id)
       SELECT DISTINCT ON (idempotency_key) idempotency_key, meow_id FROM input
       WHERE idempotency_key IS NOT NULL ORDER BY idempotency_key, place
       ON CONFLICT (key) DO UPDATE SET meow_id = EXCLUDED.meow_id, created_at = now()
         WHERE idempotency_keys.created_at <= now() - interval '1 hour'
       RETURNING meow_id
     ), fresh AS (
       SELECT * FROM input WHERE idempotency_key IS NULL OR meow_id IN (SELECT meow_id FROM taken)
     ), written AS (
       INSERT INTO meows (id, body, created_at) SELECT meow_id, body, created_at FROM fresh
     )
     ${insertEvents} SELECT ${eventColumns}, now() + $9 * interval '1 millisecond' FROM fresh
     RETURNING seq::text, id`,
  ),
  idsByKey: statement('ids_by_key', 'SELECT key, meow_id FROM idempotency_keys WHERE key = ANY ($1::text[])'),
  forgetKeys: statement(
    'forget_keys',
    `DELETE FROM idempotency_keys WHERE created_at <= now() - interval '2 hours'`,
  ),
  // Names the transactions whose writes a statement that starts now would see.
  version: statement('version', 'SELECT pg_current_snapshot()::text AS version'),
  newest: statement('list_newest', `SELECT ${MEOW} FROM meows ORDER BY id DESC LIMIT $1`),
  // The ids that are skipped are counted in the index, without a look at the rows where autovacuum has been.
  skipping: statement(
    'list_skipping',
    `SELECT ${MEOW} FROM meows WHERE id <= (SELECT id FROM meows ORDER BY id DESC OFFSET $1 LIMIT 1)
     ORDER BY id DESC LIMIT $2`,
  ),
  before: statement('list_before', `SELECT ${MEOW} FROM meows WHERE id < $1 ORDER BY id DESC LIMIT $2`),
  after: statement('list_after', `SELECT ${MEOW} FROM meows WHERE id > $1 ORDER BY id ASC LIMIT $2`),
  find: statement('find_meow', `SELECT ${MEOW} FROM meows WHERE id = $1`),
  count: statement('count_meows', 'SELECT count(*)::int AS count FROM meows'),
  // Two deletions of the same meows lock them in the same order.
  delete: statement(
    'delete_meows',
    `WITH deleted AS (
       DELETE FROM meows WHERE id IN (SELECT id FROM meows WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE) RETURNING id
     ), tombstones AS (
       INSERT INTO deleted_meows (id) SELECT DISTINCT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING
     )
     SELECT id FROM deleted`,
  ),
  deleted: statement('deleted_meows', 'SELECT id FROM deleted_meows WHERE id = ANY ($1::text[])'),
};

function statement(name: string, text: string): Statement {
  return { name, text };
}

/** The SQL of Meower, the same for every database that speaks Postgres. */
export function createSqlRepository(db: SqlDatabase): MeowRepository {
  const select = async (query: Statement, values: readonly unknown[]) =>
    (await db.run(query, values)).map(toMeow);
  const count = async (query: Statement) => (await db.run(query))[0]?.count as number;

  const outbox = createOutbox(db);

  return {
    outbox,
    async ping() {
      await db.run(statements.ping);
    },
    async migrate() {
      const up = `${await readOutboxSchema()} ${await readFile(UP_SQL, 'utf8')}`;
      // Sent as one script this is one transaction, and the lock is held until its end.
      await db.script(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK}); ${up}`);
    },
    async insertMeow(meow, headers = {}) {
      await insertMeows(db, [{ meow, headers }], 0);
    },
    insertMeows: (entries, { dueAfterMs = 0 } = {}) => insertMeows(db, entries, dueAfterMs),
    async deleteExpiredIdempotencyKeys() {
      await db.run(statements.forgetKeys);
    },
    async dataVersion() {
      return (await db.run(statements.version))[0]?.version as string;
    },
    listMeows: (skip, take) =>
      skip === 0 ? select(statements.newest, [take]) : select(statements.skipping, [skip, take]),
    listMeowsBefore: (id, take) => select(statements.before, [id, take]),
    listMeowsAfter: (id, take) => select(statements.after, [id, take]),
    async findMeow(id) {
      return (await select(statements.find, [id]))[0];
    },
    deleteMeows: (ids, headers = {}) =>
      db.transaction(async (session) => {
        const deleted = await session.run(statements.delete, [ids]);
        await outbox.add(
          session,
          ids.map((id) => deletedEvent(id, headers)),
        );
        return new Set(deleted.map(({ id }) => String(id)));
      }),
    async findDeleted(ids) {
      return new Set((await db.run(statements.deleted, [ids])).map(({ id }) => String(id)));
    },
    countMeows: () => count(statements.count),
    close: () => db.close(),
  };
}

async function insertMeows(
  db: SqlDatabase,
  entries: readonly MeowToInsert[],
  dueAfterMs: number,
): Promise<InsertedMeow[]> {
  const events = entries.map(({ meow, headers }) => createdEvent(meow, headers));
  const keys = entries.flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
  const columns = [...meowColumns(entries), ...outboxValues(events), dueAfterMs];
  const rows = await (keys.length > 0
    ? db.run(statements.insertKeyed, [
        ...columns,
        entries.map(({ idempotencyKey }) => idempotencyKey ?? null),
      ])
    : entries.length === 1
      ? db.run(statements.insertOne, columns.flat())
      : db.run(statements.insert, columns));
  // The message id of a creation is the meow's.
  const seqs = new Map(rows.map(({ id, seq }) => [String(id), String(seq)]));
  const firstIds = keys.length > 0 ? await idsByKey(db, keys) : new Map<string, string>();
  return entries.map(({ meow: { id }, idempotencyKey = '' }, i) => {
    const seq = seqs.get(id);
    if (seq !== undefined) return { id, event: { ...(events[i] as OutgoingEvent), seq } };
    const firstId = firstIds.get(idempotencyKey);
    if (firstId === undefined)
      throw new Error(`the idempotency key "${idempotencyKey}" was deleted while it was used`);
    return { id: firstId };
  });
}

async function idsByKey(db: SqlDatabase, keys: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.run(statements.idsByKey, [keys]);
  return new Map(rows.map((row) => [String(row.key), String(row.meow_id)]));
}

/** One array for each column: the statement and its plan are the same for any number of rows. */
function meowColumns(entries: readonly MeowToInsert[]): unknown[][] {
  return [
    entries.map(({ meow }) => meow.id),
    entries.map(({ meow }) => meow.body),
    entries.map(({ meow }) => meow.createdAt),
  ];
}

function toMeow(row: Row): Meow {
  return { id: row.id as string, body: row.body as string, createdAt: row.created_at as string };
}
