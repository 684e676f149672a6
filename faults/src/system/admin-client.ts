import { connect, type JetStreamManager } from 'nats';
import pg from 'pg';
import type { StoredMeow } from '../checker/history.ts';
import type { Dependencies } from './dependencies.ts';

export interface StorageNames {
  database: string;
  /** The alias of the search index. */
  index: string;
}

/** Inspects and resets the dependencies as an operator can, not through the proxies that the nemesis disturbs. */
export interface AdminClient {
  /** Creates an empty database; deletes the streams and the index. */
  reset(): Promise<void>;
  deleteIndex(): Promise<void>;
  deleteStream(): Promise<void>;
  /** Events in the outbox, not yet published. */
  countPending(): Promise<number>;
  /** Events that are published and not yet indexed. */
  countUnindexed(): Promise<number>;
  countDeadLetters(): Promise<number>;
  /** Every document of the index. */
  readIndex(): Promise<StoredMeow[]>;
}

export const postgresLogin = { user: 'meower', password: '123456' };
const STREAM = 'MEOW';
const DEAD_LETTER_STREAM = 'MEOW_DEAD';
const PAGE_SIZE = 5000;

export function createAdminClient({ ports }: Dependencies, { database, index }: StorageNames): AdminClient {
  const sql = async <T extends pg.QueryResultRow>(db: string, text: string): Promise<T[]> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: ports.postgres,
      database: db,
      ...postgresLogin,
      connectionTimeoutMillis: 5000,
      query_timeout: 30_000,
    });
    await client.connect();
    try {
      return (await client.query<T>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const nats = async <T>(work: (jsm: JetStreamManager) => Promise<T>) => {
    const connection = await connect({
      servers: `127.0.0.1:${ports.nats}`,
      timeout: 5000,
      reconnect: false,
    });
    try {
      return await work(await connection.jetstreamManager({ checkAPI: false, timeout: 10_000 }));
    } finally {
      await connection.close();
    }
  };
  const elastic = async <T>(method: string, path: string, body?: object): Promise<T | undefined> => {
    const response = await fetch(`http://127.0.0.1:${ports.elasticsearch}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    if (response.status === 404) return undefined;
    if (!response.ok)
      throw new Error(`Elasticsearch: ${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const deleteStreams = (...streams: string[]) =>
    nats(async (jsm) => {
      for (const stream of streams)
        await jsm.streams.delete(stream).catch((error: Error) => {
          if (!/not found/.test(error.message)) throw error;
        });
    });
  const deleteIndex = async () => {
    for (const name of Object.keys((await elastic<object>('GET', `/_alias/${index}`)) ?? {}))
      await elastic('DELETE', `/${name}`);
  };

  return {
    async reset() {
      await sql('meower', `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      await sql('meower', `CREATE DATABASE ${database}`);
      await deleteStreams(STREAM, DEAD_LETTER_STREAM);
      await deleteIndex();
    },
    deleteIndex,
    deleteStream: () => deleteStreams(STREAM),
    async countPending() {
      const [row] = await sql<{ count: number }>(
        database,
        'SELECT count(*)::int AS count FROM outbox_events',
      );
      return row?.count ?? 0;
    },
    countUnindexed: () =>
      nats(async (jsm) => {
        let count: number | undefined;
        for await (const { config, num_pending, num_ack_pending } of jsm.consumers.list(STREAM))
          if (config.durable_name?.startsWith('indexer'))
            count = (count ?? 0) + num_pending + num_ack_pending;
        if (count === undefined) throw new Error('the stream has no consumer that indexes it');
        return count;
      }),
    countDeadLetters: () => nats(async (jsm) => (await jsm.streams.info(DEAD_LETTER_STREAM)).state.messages),
    async readIndex() {
      await elastic('POST', `/${index}/_refresh`);
      const documents: StoredMeow[] = [];
      for (;;) {
        const last = documents.at(-1)?.id;
        const result = await elastic<{ hits: { hits: { _id: string; _source: StoredMeow }[] } }>(
          'POST',
          `/${index}/_search`,
          { size: PAGE_SIZE, sort: ['id'], _source: ['body'], ...(last && { search_after: [last] }) },
        );
        const hits = result?.hits.hits ?? [];
        documents.push(...hits.map(({ _id, _source }) => ({ id: _id, body: _source.body })));
        if (hits.length < PAGE_SIZE) return documents;
      }
    },
  };
}
