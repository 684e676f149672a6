export type Row = Readonly<Record<string, unknown>>;

/** A statement that the server may prepare once per connection under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Runs statements on one connection. */
export interface SqlSession {
  run(statement: Statement, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** What `sql-repository.ts` needs of a database. */
export interface SqlDatabase extends SqlSession {
  /** Several statements without values, as in a file. */
  script(sql: string): Promise<void>;
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
