import { randomBytes } from 'node:crypto';
import { createPostgresRepository, type PostgresConfig } from '@meower/shared/db/postgres.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import pg from 'pg';

export interface Database extends AsyncDisposable {
  config: PostgresConfig;
  url: string;
  /** Runs a script in it. */
  run(sql: string): Promise<void>;
}

/** A database with Meower's schema on the server at `address`. */
export async function createDatabase(address: string): Promise<Database> {
  const database = `meower_bench_${randomBytes(6).toString('hex')}`;
  const url = new URL(address);
  await run(address, `CREATE DATABASE ${database}`);
  url.pathname = `/${database}`;
  const config: PostgresConfig = {
    host: url.hostname,
    port: Number(url.port || 5432),
    database,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    maxConnections: 10,
    timeoutMs: 60_000,
  };
  const repository = createPostgresRepository(config, silentLogger);
  await repository.migrate();
  await repository.close();
  return {
    config,
    url: url.href,
    run: (sql) => run(url.href, sql),
    [Symbol.asyncDispose]: () => run(address, `DROP DATABASE ${database} WITH (FORCE)`),
  };
}

async function run(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The id that `fillSql` gives to the `n`th meow. */
export function idOf(n: number): string {
  return String(n).padStart(27, '0');
}

/** SQL that fills the table: `count` meows, oldest first, whose ids have the length and the order of real ones. */
export function fillSql(count: number): string {
  return `
    INSERT INTO meows (id, body, created_at)
    SELECT lpad(n::text, 27, '0'), 'meow number ' || n || ', about as long as meows are on the whole', to_timestamp(n / 1000.0)
    FROM generate_series(1, ${count}) AS n;
    ANALYZE meows`;
}
