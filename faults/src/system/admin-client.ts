import { connect } from 'nats';
import pg from 'pg';
import type { Found } from '../checker/history.ts';
import type { Parts } from './dependencies.ts';

export interface Names {
  database: string;
  /** The alias under which the index is found. */
  index: string;
}

/** What an operator can do and see, past the wires that the nemesis disturbs. */
export interface Administration {
  /** An empty database, no stream, no index. */
  prepare(): Promise<void>;
  wipeIndex(): Promise<void>;
  wipeStream(): Promise<void>;
  /** Events that are stored and not yet published. */
  owed(): Promise<number>;
  /** Events that are published and not yet indexed. */
  unindexed(): Promise<number>;
  /** Messages that were given up. */
  dead(): Promise<number>;
  /** Every document of the index. */
  indexed(): Promise<Found[]>;
}

export const postgresLogin = { user: 'meower', password: '123456' };
const STREAM = 'MEOW';
const DEAD = 'MEOW_DEAD';
const PAGE = 5000;

export function administrate({ ports }: Parts, { database, index }: Names): Administration {
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
  const nats = async <T>(work: (jsm: Awaited<ReturnType<typeof jetStream>>['jsm']) => Promise<T>) => {
    const { nc, jsm } = await jetStream(ports.nats);
    try {
      return await work(jsm);
    } finally {
      await nc.close();
    }
  };
  const elastic = async <T>(method: string, path: string, body?: object): Promise<T | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${ports.elasticsearch}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    if (answer.status === 404) return undefined;
    if (!answer.ok)
      throw new Error(`Elasticsearch: ${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const wipeStreams = (...streams: string[]) =>
    nats(async (jsm) => {
      for (const stream of streams)
        await jsm.streams.delete(stream).catch((error: Error) => {
          if (!/not found/.test(error.message)) throw error;
        });
    });
  const wipeIndex = async () => {
    for (const name of Object.keys((await elastic<object>('GET', `/_alias/${index}`)) ?? {}))
      await elastic('DELETE', `/${name}`);
  };

  return {
    async prepare() {
      await sql('meower', `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      await sql('meower', `CREATE DATABASE ${database}`);
      await wipeStreams(STREAM, DEAD);
      await wipeIndex();
    },
    wipeIndex,
    wipeStream: () => wipeStreams(STREAM),
    async owed() {
      const [row] = await sql<{ count: number }>(database, 'SELECT count(*)::int AS count FROM outbox');
      return row?.count ?? 0;
    },
    unindexed: () =>
      nats(async (jsm) => {
        let open: number | undefined;
        for await (const { config, num_pending, num_ack_pending } of jsm.consumers.list(STREAM))
          if (config.durable_name?.startsWith('indexer')) open = (open ?? 0) + num_pending + num_ack_pending;
        if (open === undefined) throw new Error('nobody indexes the stream');
        return open;
      }),
    dead: () => nats(async (jsm) => (await jsm.streams.info(DEAD)).state.messages),
    async indexed() {
      await elastic('POST', `/${index}/_refresh`);
      const found: Found[] = [];
      for (;;) {
        const last = found.at(-1)?.id;
        const answer = await elastic<{ hits: { hits: { _id: string; _source: Found }[] } }>(
          'POST',
          `/${index}/_search`,
          { size: PAGE, sort: ['id'], _source: ['body'], ...(last && { search_after: [last] }) },
        );
        const hits = answer?.hits.hits ?? [];
        found.push(...hits.map(({ _id, _source }) => ({ id: _id, body: _source.body })));
        if (hits.length < PAGE) return found;
      }
    },
  };
}

async function jetStream(port: number) {
  const nc = await connect({ servers: `127.0.0.1:${port}`, timeout: 5000, reconnect: false });
  return { nc, jsm: await nc.jetstreamManager({ checkAPI: false, timeout: 10_000 }) };
}
