import { PGlite, type Transaction } from '@electric-sql/pglite';
import type { MeowRepository } from './meow-repository.ts';
import type { Row, SqlDatabase, SqlSession, Statement } from './sql.ts';
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
    ...sessionOn(db),
    async script(sql) {
      await db.exec(sql);
    },
    transaction: (work) => db.transaction((transaction) => work(sessionOn(transaction))),
    async listen(channel, onNotify) {
      return { close: await db.listen(channel, onNotify) };
    },
    close() {
      closing ??= db.close();
      return closing;
    },
  };
}

function sessionOn(db: Pick<Transaction, 'query'>): SqlSession {
  return {
    async run<R extends Row>({ text }: Statement<R>, values?: unknown[]) {
      return (await db.query<R>(text, values)).rows;
    },
  };
}
