import { PGlite } from '@electric-sql/pglite';
import type { MeowRepository } from './meow-repository.ts';
import type { Row, SqlDatabase } from './sql.ts';
import { createSqlRepository } from './sql-meow-repository.ts';

/** Meows in PGlite: Postgres inside this process, in the folder `dataDir`, or in memory without one. One process per folder. */
export async function createPgliteRepository(dataDir?: string): Promise<MeowRepository> {
  return createSqlRepository(await openPglite(dataDir));
}

export async function openPglite(dataDir?: string): Promise<SqlDatabase> {
  const db = await PGlite.create(dataDir);
  let closing: Promise<void> | undefined;
  return {
    async run({ text }, values) {
      return (await db.query<Row>(text, values as unknown[])).rows;
    },
    async script(sql) {
      await db.exec(sql);
    },
    transaction: (work) =>
      db.transaction((transaction) =>
        work({
          async run({ text }, values) {
            return (await transaction.query<Row>(text, values as unknown[])).rows;
          },
        }),
      ),
    close() {
      closing ??= db.close();
      return closing;
    },
  };
}
