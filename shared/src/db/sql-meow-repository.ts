import { readFile } from 'node:fs/promises';
import type { Meow } from '../schema/meow.ts';
import type { EventHeaders, MeowRepository, MeowToInsert, Outbox } from './meow-repository.ts';
import type { Row, SqlDatabase, Statement } from './sql.ts';

const UP_SQL = new URL('../../../postgres/up.sql', import.meta.url);
/** Any number, the same in all processes: two that migrate at once would otherwise collide in the catalogue. */
const MIGRATION_LOCK = 6_369_911;

const MEOW = `id, body, to_char(meows.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at`;

const statements = {
  ping: statement('ping', 'SELECT 1'),
  // What the next one does, for one meow in half the time.
  insertOne: statement(
    'insert_meow',
    `WITH written AS (INSERT INTO meows (id, body, created_at) VALUES ($1, $2, $3))
     INSERT INTO outbox (meow_id, headers) VALUES ($1, $4)`,
  ),
  insert: statement(
    'insert_meows',
    `WITH input AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) AS t (id, body, created_at, headers)
     ), written AS (
       INSERT INTO meows (id, body, created_at) SELECT id, body, created_at FROM input
     )
     INSERT INTO outbox (meow_id, headers) SELECT id, headers::jsonb FROM input`,
  ),
  // Keys are taken in their order, so that two batches with the same keys wait for one another instead of locking up.
  insertKeyed: statement(
    'insert_keyed_meows',
    `WITH input AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
         WITH ORDINALITY AS t (id, body, created_at, headers, key, place)
     ), taken AS (
       INSERT INTO idempotency_keys (key, meow_id)
       SELECT DISTINCT ON (key) key, id FROM input WHERE key IS NOT NULL ORDER BY key, place
       ON CONFLICT (key) DO UPDATE SET meow_id = EXCLUDED.meow_id, created_at = now()
         WHERE idempotency_keys.created_at <= now() - interval '1 hour'
       RETURNING meow_id
     ), fresh AS (
       SELECT * FROM input WHERE key IS NULL OR id IN (SELECT meow_id FROM taken)
     ), written AS (
       INSERT INTO meows (id, body, created_at) SELECT id, body, created_at FROM fresh
     ), queued AS (
       INSERT INTO outbox (meow_id, headers) SELECT id, headers::jsonb FROM fresh
     )
     SELECT id FROM fresh`,
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
  claim: statement(
    'claim_outbox',
    `SELECT ${MEOW}, headers FROM outbox JOIN meows ON id = meow_id
     WHERE outbox.created_at <= now() - $2 * interval '1 millisecond'
     ORDER BY meow_id LIMIT $1 FOR UPDATE OF outbox SKIP LOCKED`,
  ),
  // Does not wait for the disk, which would halve what is left of it for new meows: a removal that a crash undoes is an event
  // published once more, which the broker drops.
  remove: statement(
    'remove_outbox',
    `WITH setting AS (SELECT set_config('synchronous_commit', 'off', true))
     DELETE FROM outbox USING setting WHERE meow_id = ANY ($1::text[])`,
  ),
  pending: statement('pending_outbox', 'SELECT meow_id FROM outbox WHERE meow_id = ANY ($1::text[])'),
  countOutbox: statement('count_outbox', 'SELECT count(*)::int AS count FROM outbox'),
  // The server's own vacuum comes once a minute, PGlite has none; without it, removals come to read all that was ever removed.
  // The file stays as large as it is: to cut it would lock everybody out, and it will be filled again.
  vacuum: statement('vacuum_outbox', 'VACUUM (SKIP_LOCKED, TRUNCATE false, INDEX_CLEANUP on) outbox'),
};

function statement(name: string, text: string): Statement {
  return { name, text };
}

/** The SQL of Meower, the same for every database that speaks Postgres. */
export function createSqlRepository(db: SqlDatabase): MeowRepository {
  const select = async (query: Statement, values: readonly unknown[]) =>
    (await db.run(query, values)).map(toMeow);
  const count = async (query: Statement) => (await db.run(query))[0]?.count as number;

  const outbox: Outbox = {
    relay({ take, olderThanMs }, publish) {
      return db.transaction(async (session) => {
        const entries = (await session.run(statements.claim, [take, olderThanMs])).map(toEntry);
        if (entries.length === 0) return 0;
        await publish(entries);
        await session.run(statements.remove, [entries.map(({ meow }) => meow.id)]);
        return entries.length;
      });
    },
    async remove(ids) {
      await db.run(statements.remove, [ids]);
    },
    async pending(ids) {
      return new Set((await db.run(statements.pending, [ids])).map((row) => row.meow_id as string));
    },
    count: () => count(statements.countOutbox),
    async vacuum() {
      await db.run(statements.vacuum);
    },
  };

  return {
    outbox,
    async ping() {
      await db.run(statements.ping);
    },
    async migrate() {
      const up = await readFile(UP_SQL, 'utf8');
      // Sent as one script this is one transaction, and the lock is held until its end.
      await db.script(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK}); ${up}`);
    },
    async insertMeow(meow, headers = {}) {
      await insertMeows(db, [{ meow, headers }]);
    },
    insertMeows: (entries) => insertMeows(db, entries),
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
    countMeows: () => count(statements.count),
    close: () => db.close(),
  };
}

async function insertMeows(db: SqlDatabase, entries: readonly MeowToInsert[]): Promise<string[]> {
  const keys = entries.flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
  if (keys.length === 0) {
    const [only, ...others] = entries;
    if (only && others.length === 0) await db.run(statements.insertOne, toValues(only));
    else await db.run(statements.insert, toColumns(entries));
    return entries.map(({ meow }) => meow.id);
  }
  const columns = [...toColumns(entries), entries.map(({ idempotencyKey }) => idempotencyKey ?? null)];
  const fresh = new Set((await db.run(statements.insertKeyed, columns)).map(({ id }) => id));
  const taken = await db.run(statements.idsByKey, [keys]);
  const idByKey = new Map(taken.map((row) => [row.key as string, row.meow_id as string]));
  return entries.map(({ meow, idempotencyKey = '' }) => {
    const id = fresh.has(meow.id) ? meow.id : idByKey.get(idempotencyKey);
    if (id === undefined)
      throw new Error(`the idempotency key "${idempotencyKey}" went away while it was used`);
    return id;
  });
}

function toValues({ meow, headers }: MeowToInsert): unknown[] {
  return [meow.id, meow.body, meow.createdAt, JSON.stringify(headers)];
}

/** One array for each column: a statement with the same text, and one plan, whatever the number of rows. */
function toColumns(entries: readonly MeowToInsert[]): unknown[] {
  const rows = entries.map(toValues);
  return [0, 1, 2, 3].map((column) => rows.map((row) => row[column]));
}

function toMeow(row: Row): Meow {
  return { id: row.id as string, body: row.body as string, createdAt: row.created_at as string };
}

function toEntry(row: Row): MeowToInsert {
  return { meow: toMeow(row), headers: row.headers as EventHeaders };
}
