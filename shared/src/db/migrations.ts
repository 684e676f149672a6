import { readdir, readFile } from 'node:fs/promises';
import { sleep } from '../async/sleep.ts';
import { errorCode } from '../process/error-details.ts';
import { StartError } from '../process/start-error.ts';
import { runForRow, type SqlDatabase, type SqlScriptSession, type SqlSession, statement } from './sql.ts';

/** A file `0003-likes.sql` in the folder of the migrations. */
interface Migration {
  readonly number: number;
  /** Of the file, without its ending. */
  readonly name: string;
  /**
   * From the line `-- compatible with N`: services that know the migrations up to N still work when this one is
   * applied.
   */
  readonly compatibleWith: number;
  readonly sql: string;
}

/** Every schema that this version knows. */
export interface Schema {
  /** In their order. */
  readonly migrations: readonly Migration[];
  /** Statements that are run after each migration, and may be repeated. */
  readonly repeatable: string;
}

/** The database has a schema that this version cannot work on, in a sentence. */
export class UnknownSchemaError extends StartError {
  override name = 'UnknownSchemaError';
  /** It lacks migrations, which may still come. */
  readonly isOld: boolean;
  /** It is being changed at this moment. */
  readonly isMigrating: boolean;

  constructor(message: string, { isOld, isMigrating }: { isOld: boolean; isMigrating: boolean }) {
    super(message);
    this.isOld = isOld;
    this.isMigrating = isMigrating;
  }
}

interface MigrateOptions {
  onApplied?(migration: Migration): void;
  /** Another process is migrating; called once. */
  onWaiting?(): void;
}

type AppliedRow = { number: number; name: string; compatible_with: number };

/** Any number, the same in all processes and versions. */
const MIGRATION_LOCK = 6_369_911;
const LOCK_POLL_MS = 100;
/** A statement that waits for a lock on a table holds up all later statements on that table. */
const LOCK_TIMEOUT = '2s';
const UNDEFINED_TABLE = '42P01';
const INSUFFICIENT_PRIVILEGE = '42501';

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  compatible_with INTEGER NOT NULL,
  applied_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
)`;
const INDEX_CONCURRENTLY = /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?(\w+)/im;

const statements = {
  applied: statement<AppliedRow>(
    'applied_migrations',
    'SELECT number, name, compatible_with FROM schema_migrations ORDER BY number',
  ),
  // Waiting inside the server would be a transaction, for whose end CREATE INDEX CONCURRENTLY waits.
  tryLock: statement<{ locked: boolean }>(
    'try_lock_migrations',
    `SELECT pg_try_advisory_lock(${MIGRATION_LOCK}) AS locked`,
  ),
  unlock: statement('unlock_migrations', `SELECT pg_advisory_unlock(${MIGRATION_LOCK})`),
  isLocked: statement<{ locked: boolean }>(
    'is_migrating',
    `SELECT EXISTS (
       SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
       WHERE locktype = 'advisory' AND objid = ${MIGRATION_LOCK} AND granted AND datname = current_database()
     ) AS locked`,
  ),
  isInvalid: statement<{ invalid: boolean }>(
    'is_invalid_index',
    'SELECT NOT indisvalid AS invalid FROM pg_index WHERE indexrelid = to_regclass($1)',
  ),
};

/** The numbered files of a folder, and its `repeatable.sql`. */
export async function readSchema(folder: URL): Promise<Schema> {
  const files = (await readdir(folder)).filter((name) => /^\d{4}-.+\.sql$/.test(name)).sort();
  const read = (name: string) => readFile(new URL(name, folder), 'utf8');
  const migrations = await Promise.all(files.map(async (name) => parseMigration(name, await read(name))));
  for (const [i, { number, name }] of migrations.entries())
    if (number !== i + 1) throw new Error(`${name} is not the migration after ${i}`);
  return { migrations, repeatable: await read('repeatable.sql') };
}

function parseMigration(file: string, sql: string): Migration {
  const compatibleWith = /^-- compatible with (\d+)$/m.exec(sql)?.[1];
  if (compatibleWith === undefined) throw new Error(`${file} lacks the line "-- compatible with N"`);
  const name = file.slice(0, -'.sql'.length);
  return { number: Number.parseInt(file, 10), name, compatibleWith: Number(compatibleWith), sql };
}

/**
 * Applies the migrations that the database lacks, one process at a time, without a limit of time. Each is one
 * transaction with its entry in `schema_migrations`; one that creates an index concurrently consists of that
 * statement, and after an interruption the invalid index is built again. Rejects when a lock is not free within
 * two seconds: repeat it. A newer schema stays as it is.
 */
export async function applyMigrations(
  db: SqlDatabase,
  schema: Schema,
  options: MigrateOptions = {},
): Promise<void> {
  await db.onOwnConnection(async (session) => {
    await lock(session, options);
    try {
      await session.script(`SET lock_timeout = '${LOCK_TIMEOUT}'; ${CREATE_TABLE}`);
      const applied = await session.run(statements.applied);
      if (isNewer(applied, schema)) return checkKnown(applied, schema, true);
      for (const migration of schema.migrations.slice(applied.length)) {
        await apply(session, migration);
        options.onApplied?.(migration);
      }
      await session.script(schema.repeatable);
    } finally {
      await session.run(statements.unlock);
    }
  });
}

async function lock(session: SqlSession, { onWaiting }: MigrateOptions): Promise<void> {
  for (let attempt = 0; !(await runForRow(session, statements.tryLock)).locked; attempt++) {
    if (attempt === 0) onWaiting?.();
    await sleep(LOCK_POLL_MS);
  }
}

async function apply(session: SqlScriptSession, migration: Migration): Promise<void> {
  const { number, name, compatibleWith, sql } = migration;
  const entry = `INSERT INTO schema_migrations (number, name, compatible_with) VALUES (${number}, '${name}', ${compatibleWith})`;
  const index = INDEX_CONCURRENTLY.exec(sql)?.[1];
  // Several statements that are sent together are one transaction.
  if (index === undefined) return session.script(`${sql}\n;\n${entry}`);
  const [existing] = await session.run(statements.isInvalid, [index]);
  if (existing?.invalid) await session.script(`DROP INDEX ${index}`);
  // It blocks neither readers nor writers, and waits for all older transactions.
  await session.script('SET lock_timeout = 0');
  if (existing?.invalid !== false) await session.script(sql);
  await session.script(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
  await session.script(entry);
}

/** Rejects with `UnknownSchemaError` unless services of this version can work on the schema of the database. */
export async function checkSchema(session: SqlSession, schema: Schema): Promise<void> {
  const { locked } = await runForRow(session, statements.isLocked);
  checkKnown(await appliedMigrations(session), schema, locked);
}

async function appliedMigrations(session: SqlSession): Promise<readonly AppliedRow[]> {
  try {
    return await session.run(statements.applied);
  } catch (error) {
    if ([UNDEFINED_TABLE, INSUFFICIENT_PRIVILEGE].includes(String(errorCode(error)))) return [];
    throw error;
  }
}

const isNewer = (applied: readonly AppliedRow[], { migrations }: Schema) =>
  applied.length > migrations.length;

function checkKnown(applied: readonly AppliedRow[], schema: Schema, isMigrating: boolean): void {
  const known = schema.migrations.length;
  const missing = schema.migrations[applied.length];
  if (missing) {
    throw new UnknownSchemaError(
      `the database lacks the migration ${missing.name}, which this version needs: run "npm run migrate" (in containers "docker compose run --rm ops migrate")`,
      { isOld: true, isMigrating },
    );
  }
  const breaking = applied.find((row) => row.number > known && row.compatible_with > known);
  if (breaking) {
    throw new UnknownSchemaError(
      `the database has the migration ${breaking.name}, on which versions that know ${breaking.compatible_with} migrations work; this one knows ${known}: start a newer version`,
      { isOld: false, isMigrating },
    );
  }
}
