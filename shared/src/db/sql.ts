import type { Closable } from '../async/closable.ts';

/** No server answers. What a statement would have changed is unknown: it may have been carried out. */
export class DatabaseUnavailableError extends Error {
  override name = 'DatabaseUnavailableError';
}

export type Row = Readonly<Record<string, unknown>>;

/** The server may prepare it once per connection under its name. `R`: its rows, as the driver parses them. */
export interface Statement<R extends Row = Row> {
  readonly name: string;
  readonly text: string;
  /** For the compiler only: never set. */
  readonly row?: R;
}

export function statement<R extends Row = Row>(name: string, text: string): Statement<R> {
  return { name, text };
}

/** Runs statements on one connection. */
export interface SqlSession {
  run<R extends Row>(statement: Statement<R>, values?: unknown[]): Promise<readonly R[]>;
}

export interface SqlScriptSession extends SqlSession {
  /** Several statements without values, as in a file: one transaction, unless they control it themselves. */
  script(sql: string): Promise<void>;
}

/** Gets the payload of a notification; none when some may have been missed. */
export type OnNotify = (payload?: string) => void;

/** How a pool of connections is used. */
export interface Connections {
  /** Most connections. */
  readonly max: number;
  readonly open: number;
  /** Open, and not in use. */
  readonly idle: number;
  /** Callers that wait for one. */
  readonly waiting: number;
}

/** What the SQL of the repositories needs of a database. */
export interface SqlDatabase extends SqlScriptSession {
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** Runs work outside a transaction, on a connection that ends with it. No statement has a limit of time. */
  onOwnConnection<T>(work: (session: SqlScriptSession) => Promise<T>): Promise<T>;
  /** `LISTEN`, until closed. Notifications may be missed while the connection is lost. */
  listen?(channel: string, onNotify: OnNotify): Promise<Closable>;
  /** Of a pool. */
  connections?(): Connections;
  close(): Promise<void>;
}

/** The one row of a statement that always has one. */
export async function runForRow<R extends Row>(
  session: SqlSession,
  statement: Statement<R>,
  values?: unknown[],
): Promise<R> {
  const [row] = await session.run(statement, values);
  if (!row) throw new Error(`the statement ${statement.name} returned no row`);
  return row;
}
