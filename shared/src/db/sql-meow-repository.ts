import { randomUUID } from 'node:crypto';
import { createdEvent, deletedEvent } from '../event/meow-events.ts';
import type { Meow } from '../meow/meow.ts';
import { createOutbox, eventColumns, eventParameters, insertEvents, outboxValues } from '../outbox/outbox.ts';
import type { InsertedMeow, MeowRepository, MeowToInsert } from './meow-repository.ts';
import { applyMigrations, checkSchema, readSchema } from './migrations.ts';
import { runForRow, type SqlDatabase, type SqlSession, type Statement, statement } from './sql.ts';
import { createSqlModeration } from './sql-moderation-repository.ts';

/** For `readSchema`. */
export const MEOWER_MIGRATIONS = new URL('../../../postgres/migrations/', import.meta.url);

/** As the driver returns it; a type alias, because an interface is no `Row`. */
type MeowRow = { id: string; body: string; created_at: string };
type InsertedRow = { seq: string; id: string };

const MEOW = `id, body, to_char(meows.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at`;

const insertPosters = 'INSERT INTO meow_posters (meow_id, address_hash) SELECT meow_id, address_hash';

const statements = {
  ping: statement('ping', 'SELECT 1'),
  mayMigrate: statement<{ allowed: boolean }>(
    'may_migrate',
    "SELECT has_schema_privilege(current_schema(), 'CREATE') AS allowed",
  ),
  // The same as the next one, for a single meow in half the time.
  insertOne: statement<InsertedRow>(
    'insert_meow',
    `WITH written AS (INSERT INTO meows (id, body, created_at) VALUES ($1, $2, $3)),
     posters AS (
       INSERT INTO meow_posters (meow_id, address_hash) SELECT $1, $10::text WHERE $10::text IS NOT NULL
     )
     ${insertEvents} VALUES ($4, $5, $6, $7::json, $8, now() + $9 * interval '1 millisecond')
     RETURNING seq::text, id`,
  ),
  insert: statement<InsertedRow>(
    'insert_meows',
    `WITH input AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], ${eventParameters(4)}, $10::text[])
         AS t (meow_id, body, created_at, ${eventColumns}, address_hash)
     ), written AS (
       INSERT INTO meows (id, body, created_at) SELECT meow_id, body, created_at FROM input
     ), posters AS (${insertPosters} FROM input WHERE address_hash IS NOT NULL)
     ${insertEvents} SELECT ${eventColumns}, now() + $9 * interval '1 millisecond' FROM input
     RETURNING seq::text, id`,
  ),
  // Keys are inserted in their order: two batches with the same keys wait for one another, without a
  // deadlock.
  insertKeyed: statement<InsertedRow>(
    'insert_keyed_meows',
    `WITH input AS (
       SELECT * FROM unnest(
         $1::text[], $2::text[], $3::timestamptz[], ${eventParameters(4)}, $10::text[], $11::text[]
       ) WITH ORDINALITY AS t (meow_id, body, created_at, ${eventColumns}, address_hash, idempotency_key, place)
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
     ), posters AS (${insertPosters} FROM fresh WHERE address_hash IS NOT NULL)
     ${insertEvents} SELECT ${eventColumns}, now() + $9 * interval '1 millisecond' FROM fresh
     RETURNING seq::text, id`,
  ),
  // Without a body once the meow is deleted.
  firstByKey: statement<{ key: string; id: string; body: string | null }>(
    'first_by_key',
    `SELECT key, meow_id AS id, body FROM idempotency_keys LEFT JOIN meows ON id = meow_id
     WHERE key = ANY ($1::text[])`,
  ),
  deleteExpiredKeys: statement(
    'delete_expired_idempotency_keys',
    `DELETE FROM idempotency_keys WHERE created_at <= now() - interval '2 hours'`,
  ),
  // The transactions whose writes a statement that starts now would see.
  dataVersion: statement<{ version: string }>('version', 'SELECT pg_current_snapshot()::text AS version'),
  newest: statement<MeowRow>('list_newest', `SELECT ${MEOW} FROM meows ORDER BY id DESC LIMIT $1`),
  // The skipped ids are counted in the index alone, where autovacuum has been.
  skipping: statement<MeowRow>(
    'list_skipping',
    `SELECT ${MEOW} FROM meows WHERE id <= (SELECT id FROM meows ORDER BY id DESC OFFSET $1 LIMIT 1)
     ORDER BY id DESC LIMIT $2`,
  ),
  before: statement<MeowRow>(
    'list_before',
    `SELECT ${MEOW} FROM meows WHERE id < $1 ORDER BY id DESC LIMIT $2`,
  ),
  after: statement<MeowRow>('list_after', `SELECT ${MEOW} FROM meows WHERE id > $1 ORDER BY id ASC LIMIT $2`),
  find: statement<MeowRow>('find_meow', `SELECT ${MEOW} FROM meows WHERE id = $1`),
  findIds: statement<{ id: string }>('find_meow_ids', 'SELECT id FROM meows WHERE id = ANY ($1::text[])'),
  count: statement<{ count: number }>('count_meows', 'SELECT count(*)::int AS count FROM meows'),
  // Two deletions of the same meows lock them in the same order.
  delete: statement<{ id: string }>(
    'delete_meows',
    `WITH deleted AS (
       DELETE FROM meows WHERE id IN (SELECT id FROM meows WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE) RETURNING id
     ), posters AS (
       DELETE FROM meow_posters WHERE meow_id = ANY ($1::text[])
     ), tombstones AS (
       INSERT INTO deleted_meows (id) SELECT DISTINCT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING
     )
     SELECT id FROM deleted`,
  ),
  deletedAfter: statement<{ id: string }>(
    'deleted_meows_after',
    'SELECT id FROM deleted_meows WHERE id > $1 ORDER BY id LIMIT $2',
  ),
  deleted: statement<{ id: string }>(
    'deleted_meows',
    'SELECT id FROM deleted_meows WHERE id = ANY ($1::text[])',
  ),
};

/**
 * The SQL of Meower, the same for every database that speaks Postgres. `reads` runs what only reads and may be
 * answered without the primary; see `createReadSession`.
 */
export function createSqlRepository(db: SqlDatabase, reads: SqlSession = db): MeowRepository {
  const select = async (query: Statement<MeowRow>, values: unknown[], session = reads) =>
    (await session.run(query, values)).map(toMeow);
  const outbox = createOutbox(db);

  return {
    outbox,
    moderation: createSqlModeration(db),
    async ping() {
      await reads.run(statements.ping);
    },
    async migrate() {
      const schema = await readSchema(MEOWER_MIGRATIONS);
      if ((await runForRow(db, statements.mayMigrate)).allowed) await applyMigrations(db, schema);
      else await checkSchema(db, schema);
    },
    async insertMeow(meow, headers = {}) {
      await insertMeows(db, [{ meow, headers }], 0);
    },
    insertMeows: (entries, { dueAfterMs = 0 } = {}) => insertMeows(db, entries, dueAfterMs),
    async deleteExpiredIdempotencyKeys() {
      await db.run(statements.deleteExpiredKeys);
    },
    async dataVersion() {
      const version = runForRow(db, statements.dataVersion);
      // A replica has none: its snapshot does not name the transactions in progress. Each read is a new one then.
      if (reads !== db) return version.then(({ version }) => version, randomUUID);
      return (await version).version;
    },
    listMeows: (skip, take) =>
      skip === 0 ? select(statements.newest, [take]) : select(statements.skipping, [skip, take]),
    listMeowsBefore: (id, take) => select(statements.before, [id, take]),
    listMeowsAfter: (id, take) => select(statements.after, [id, take], db),
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
        return new Set(deleted.map(({ id }) => id));
      }),
    async listDeletedAfter(id, take) {
      return (await db.run(statements.deletedAfter, [id, take])).map((row) => row.id);
    },
    async findDeleted(ids) {
      return new Set((await db.run(statements.deleted, [ids])).map(({ id }) => id));
    },
    async findIds(ids) {
      return new Set((await db.run(statements.findIds, [ids])).map(({ id }) => id));
    },
    async countMeows() {
      return (await runForRow(db, statements.count)).count;
    },
    close: () => db.close(),
  };
}

async function insertMeows(
  db: SqlDatabase,
  entries: readonly MeowToInsert[],
  dueAfterMs: number,
): Promise<InsertedMeow[]> {
  const toInsert = entries.map((entry) => ({ ...entry, event: createdEvent(entry.meow, entry.headers) }));
  const keys = entries.flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
  const columns = [
    ...meowColumns(entries),
    ...outboxValues(toInsert.map(({ event }) => event)),
    dueAfterMs,
    entries.map(({ addressHash }) => addressHash ?? null),
  ];
  const rows = await (keys.length > 0
    ? db.run(statements.insertKeyed, [
        ...columns,
        entries.map(({ idempotencyKey }) => idempotencyKey ?? null),
      ])
    : entries.length === 1
      ? db.run(statements.insertOne, columns.flat())
      : db.run(statements.insert, columns));
  // The message id of a creation is the meow's.
  const seqs = new Map(rows.map(({ id, seq }) => [id, seq]));
  const stored = keys.length > 0 ? await db.run(statements.firstByKey, [keys]) : [];
  const firstByKey = new Map(stored.map((first) => [first.key, first]));
  return toInsert.map(({ meow: { id, body }, event, idempotencyKey = '' }) => {
    const seq = seqs.get(id);
    if (seq !== undefined) return { id, event: { ...event, seq } };
    const first = firstByKey.get(idempotencyKey);
    if (first === undefined)
      throw new Error(`the idempotency key "${idempotencyKey}" was deleted while it was used`);
    return { id: first.id, ...((first.body ?? body) !== body && { keyTaken: true }) };
  });
}

/** One array for each column: the statement and its plan are the same for any number of rows. */
function meowColumns(entries: readonly MeowToInsert[]): unknown[][] {
  return [
    entries.map(({ meow }) => meow.id),
    entries.map(({ meow }) => meow.body),
    entries.map(({ meow }) => meow.createdAt),
  ];
}

function toMeow({ id, body, created_at: createdAt }: MeowRow): Meow {
  return { id, body, createdAt };
}
