import pg from 'pg';
import type { Logger } from 'pino';
import { type Circuit, createCircuit } from '../async/circuit.ts';
import { withTimeout } from '../async/with-timeout.ts';
import { errorMessage } from '../process/error-details.ts';
import type { MeowRepository } from './meow-repository.ts';
import { listenPostgres } from './postgres-listener.ts';
import { createReadSession } from './read-replica.ts';
import {
  DatabaseUnavailableError,
  type Row,
  type SqlDatabase,
  type SqlScriptSession,
  type Statement,
} from './sql.ts';
import { createSqlRepository } from './sql-meow-repository.ts';

export interface PostgresConfig {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  /** The password for each new connection, in place of `password`: it may change. */
  readPassword?: (() => string) | undefined;
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

/**
 * Of the server: it loses connections, ends, starts, or has no connection, disk space or memory free. Other errors come
 * from a statement. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const AWAY = /^(08...|53...|57P0[123])$/;

/** What is not an answer of the server: no connection, or a timeout. */
const isAway = (error: unknown) =>
  !(error instanceof pg.DatabaseError) || (error.code !== undefined && AWAY.test(error.code));

const unavailable = (cause: unknown) =>
  new DatabaseUnavailableError(`Postgres is unavailable: ${errorMessage(cause)}`, { cause });

function guarded(session: SqlScriptSession, { run }: Circuit): SqlScriptSession {
  return {
    run: (statement, values) => run(() => session.run(statement, values)),
    script: (sql) => run(() => session.script(sql)),
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

/** How much longer the client waits than the server works on a statement. */
const GRACE_MS = 1000;
/** When a probe without an answer closes its connection: after the circuit has given it up. */
const PROBE_TIMEOUT_MS = 3000;

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
    password: config.readPassword ?? password,
    connectionTimeoutMillis: config.timeoutMs,
    keepAlive: true,
  };
  const pool = new pg.Pool({
    ...connection,
    max: config.maxConnections,
    statement_timeout: config.timeoutMs,
    // The server's own limit is reached first; this one is for a server that is frozen or a connection that
    // is half open.
    query_timeout: config.timeoutMs + GRACE_MS,
    // A process that freezes inside a transaction loses its locks.
    idle_in_transaction_session_timeout: 2 * config.timeoutMs,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'postgres: an idle connection was lost'));
  // A connection that is lost just when it is handed out has no other listener, and without one the error ends the
  // process. What is run on it rejects.
  pool.on('connect', (client) => client.on('error', () => undefined));

  const circuit = createCircuit({
    name: 'Postgres',
    async probe() {
      const client = new pg.Client({
        ...connection,
        connectionTimeoutMillis: PROBE_TIMEOUT_MS,
        query_timeout: PROBE_TIMEOUT_MS,
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query('SELECT 1');
      } finally {
        // Without an answer it would not end before the server does.
        client.end().catch(() => undefined);
      }
    },
    isAway,
    toError: unavailable,
    logger,
  });
  const tooLate = () => new Error(`no answer within ${config.timeoutMs} ms`);
  /** Waiting for a connection and for the answer. */
  const inTime: Circuit = {
    ...circuit,
    run: (work) => circuit.run(() => withTimeout(work(), config.timeoutMs + GRACE_MS, tooLate)),
  };

  const connect = async () => {
    const connecting = pool.connect();
    try {
      return await circuit.run(() => connecting);
    } catch (error) {
      // It may still succeed, and would be taken from the pool for ever.
      connecting.then((client) => client.release(true)).catch(() => undefined);
      throw error;
    }
  };

  const owned = new Set<pg.Client>();
  let closing: Promise<void> | undefined;
  return {
    ...guarded(sessionOn(pool), inTime),
    async transaction(work) {
      const client = await connect();
      const session = guarded(sessionOn(client), circuit);
      let broken: Error | undefined;
      // An error between two statements has no other listener, and without one it ends the process.
      const onError = (error: Error) => {
        broken = error;
      };
      client.on('error', onError);
      try {
        await session.script('BEGIN');
        const result = await work(session);
        await session.script('COMMIT');
        return result;
      } catch (error) {
        // A connection that cannot roll back is closed, which rolls back as well.
        if (error instanceof DatabaseUnavailableError) broken = error;
        else
          await session.script('ROLLBACK').catch((cause: Error) => {
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
      closing ??= Promise.all([
        circuit.close(),
        pool.end(),
        ...[...owned].map((client) => client.end()),
      ]).then(() => undefined);
      return closing;
    },
  };
}
