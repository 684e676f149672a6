import pg from 'pg';
import type { Logger } from 'pino';
import type { MeowRepository } from './meow-repository.ts';
import { listenPostgres } from './postgres-listener.ts';
import { createReadSession } from './read-replica.ts';
import type { Row, SqlDatabase, SqlScriptSession, Statement } from './sql.ts';
import { createSqlRepository } from './sql-meow-repository.ts';

export interface PostgresConfig {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  /** Most connections; a query that finds none free waits for one. */
  maxConnections: number;
  /** How long to wait for a connection, and for an answer, in milliseconds. */
  timeoutMs: number;
}

/**
 * Meows in PostgreSQL. Connects when first used, and reconnects by itself. `readReplica`: a streaming replica,
 * which answers what only reads.
 */
export function createPostgresRepository(
  config: PostgresConfig,
  logger: Logger,
  readReplica?: { host: string; port: number },
): MeowRepository {
  const db = createPostgres(config, logger);
  const { connections } = db;
  if (!readReplica) return { ...createSqlRepository(db), connections };
  const replica = createPostgres({ ...config, ...readReplica }, logger);
  const repository = createSqlRepository(db, createReadSession(db, replica, logger));
  return {
    ...repository,
    connections,
    async close() {
      await Promise.all([repository.close(), replica.close()]);
    },
  };
}

function sessionOn(client: Pick<pg.ClientBase, 'query'>): SqlScriptSession {
  return {
    async run<R extends Row>({ name, text }: Statement<R>, values?: unknown[]) {
      return (await client.query<R>({ name, text, values })).rows;
    },
    async script(sql) {
      await client.query(sql);
    },
  };
}

/** For `onOwnConnection`. A server whose client has died would otherwise complete a long statement first. */
const OWN_CONNECTION = '-c statement_timeout=0 -c client_connection_check_interval=1000';

export function createPostgres(
  config: PostgresConfig,
  logger: Logger,
): SqlDatabase & Required<Pick<SqlDatabase, 'connections'>> {
  const { host, port, database, user, password } = config;
  const connection = {
    host,
    port,
    database,
    user,
    password,
    connectionTimeoutMillis: config.timeoutMs,
    keepAlive: true,
  };
  const pool = new pg.Pool({
    ...connection,
    max: config.maxConnections,
    statement_timeout: config.timeoutMs,
    // The server's own limit is reached first; this one is for a server that is frozen or a connection that
    // is half open.
    query_timeout: config.timeoutMs + 1_000,
    // A process that freezes inside a transaction loses its locks.
    idle_in_transaction_session_timeout: 2 * config.timeoutMs,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'postgres: an idle connection was lost'));

  const owned = new Set<pg.Client>();
  let closing: Promise<void> | undefined;
  return {
    ...sessionOn(pool),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      // An error between two statements has no other listener, and without one it ends the process.
      const onError = (error: Error) => {
        broken = error;
      };
      client.on('error', onError);
      try {
        await client.query('BEGIN');
        const result = await work(sessionOn(client));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        // A connection that cannot roll back is closed, which rolls back as well.
        await client.query('ROLLBACK').catch((cause: Error) => {
          broken = cause;
        });
        throw error;
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    },
    async onOwnConnection(work) {
      const client = new pg.Client({ ...connection, options: OWN_CONNECTION });
      // Without a listener the error would end the process; the statement at work rejects with it.
      client.on('error', () => undefined);
      owned.add(client);
      try {
        await client.connect();
        return await work(sessionOn(client));
      } finally {
        owned.delete(client);
        await client.end();
      }
    },
    listen: async (channel, onNotify) => listenPostgres(connection, channel, onNotify, logger),
    connections: () => ({
      max: config.maxConnections,
      open: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close() {
      closing ??= Promise.all([pool.end(), ...[...owned].map((client) => client.end())]).then(
        () => undefined,
      );
      return closing;
    },
  };
}
