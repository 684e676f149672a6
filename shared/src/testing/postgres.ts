import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createPostgres, type PostgresConfig } from '../db/postgres.ts';
import type { SqlDatabase } from '../db/sql.ts';
import { parsePostgresUrl } from '../settings/postgres.ts';
import { silentLogger } from './silent-logger.ts';

export interface TestDatabase {
  /** Of the database, for settings. */
  url: string;
  config: PostgresConfig;
  db: SqlDatabase;
  /** Disconnects and drops the database. */
  drop(): Promise<void>;
}

/** A separate database on the server at `url`: test files run concurrently. */
export async function createTestDatabase(url: string): Promise<TestDatabase> {
  const database = `meower_test_${randomUUID().replaceAll('-', '')}`;
  await administer(url, `CREATE DATABASE ${database}`);
  const own = Object.assign(new URL(url), { pathname: `/${database}` }).href;
  const config = parsePostgresUrl(own);
  if (!config) throw new Error('MEOWER_TEST_POSTGRES is not the URL of a database');
  const db = createPostgres(config, silentLogger);
  return {
    url: own,
    config,
    db,
    async drop() {
      await db.close();
      await administer(url, `DROP DATABASE ${database} WITH (FORCE)`);
    },
  };
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // What is run rejects with it; without a listener it would end the process, too.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
