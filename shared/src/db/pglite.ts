import { PGlite } from '@electric-sql/pglite';
import type { MeowRepository } from './meow-repository.ts';
import type { Row, SqlDatabase, Statement } from './sql.ts';
import { createSqlRepository } from './sql-meow-repository.ts';

/**
 * Meows in PGlite: Postgres inside this process, in the folder `dataDir`, or in memory without it. One
 * process per folder.
 */
export async function createPgliteRepository(dataDir?: string): Promise<MeowRepository> {
  return createSqlRepository(await openPglite(dataDir));
}

export async function openPglite(dataDir?: string): Promise<SqlDatabase> {
  const db = await PGlite.create(dataDir);
  let closing: Promise<void> | undefined;
  return {
    async run<R extends Row>({ text }: Statement<R>, values?: unknown[]) {
      return (await db.query<R>(text, values)).rows;
    },
    async script(sql) {
      await db.exec(sql);
    },
    transaction: (work) =>
      db.transaction((transaction) =>
        work({
          async run<R extends Row>({ text }: Statement<R>, values?: unknown[]) {
            return (await transaction.query<R>(text, values)).rows;
          },
        }),
      ),
    async listen(channel, onNotify) {
      return { close: await db.listen(channel, onNotify) };
    },
    close() {
      closing ??= db.close();
      return closing;
    },
  };
}
