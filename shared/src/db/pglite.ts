import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { readEmptyDatabase, writeEmptyDatabase } from './empty-database.ts';
import type { MeowRepository } from './meow-repository.ts';
import type { Row, SqlDatabase, SqlScriptSession, Statement } from './sql.ts';
import { createSqlRepository } from './sql-meow-repository.ts';

/**
 * Meows in PGlite: Postgres inside this process, in the folder `dataDir`, or in memory without it. One
 * process per folder.
 */
export async function createPgliteRepository(dataDir?: string): Promise<MeowRepository> {
  return createSqlRepository(await openPglite(dataDir));
}

export async function openPglite(dataDir?: string): Promise<SqlDatabase> {
  const db = await createPglite(dataDir);
  let closing: Promise<void> | undefined;
  let alone: Promise<unknown> = Promise.resolve();
  return {
    ...sessionOn(db),
    transaction: (work) => db.transaction((transaction) => work(sessionOn(transaction))),
    onOwnConnection(work) {
      // There is one connection only: such work takes turns.
      const working = alone.then(() => work(sessionOn(db)));
      alone = working.catch(() => undefined);
      return working;
    },
    async listen(channel, onNotify) {
      return { close: await db.listen(channel, onNotify) };
    },
    close: () => (closing ??= db.close()),
  };
}

/** Creating an empty database takes seconds of work, loading the files of one a fraction. */
async function createPglite(dataDir: string | undefined): Promise<PGlite> {
  if (dataDir !== undefined && existsSync(join(dataDir, 'PG_VERSION'))) return PGlite.create(dataDir);
  const files = await readEmptyDatabase();
  if (files) return PGlite.create({ ...(dataDir && { dataDir }), loadDataDir: files });
  const db = await PGlite.create(dataDir);
  await writeEmptyDatabase(await db.dumpDataDir('none'));
  return db;
}

function sessionOn(db: Pick<Transaction, 'query' | 'exec'>): SqlScriptSession {
  return {
    async run<R extends Row>({ text }: Statement<R>, values?: unknown[]) {
      return (await db.query<R>(text, values)).rows;
    },
    async script(sql) {
      await db.exec(sql);
    },
  };
}
