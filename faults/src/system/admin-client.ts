import { epochOf } from '@meower/shared/message/nats/streams.ts';
import { connect, type JetStreamManager, type NatsConnection } from 'nats';
import pg from 'pg';
import type { StoredMeow } from '../checker/history.ts';
import type { Dependencies } from './dependencies.ts';

export interface StorageNames {
  database: string;
  /** The alias of the search index. */
  index: string;
}

/**
 * Inspects and resets the dependencies as an operator can, not through the proxies that the nemesis disturbs.
 */
export interface AdminClient {
  /** Creates an empty database; deletes the streams and the index. */
  reset(): Promise<void>;
  deleteIndex(): Promise<void>;
  deleteStream(): Promise<void>;
  /** Events in the outbox, not yet published. */
  countPending(): Promise<number>;
  /** Events that are published, and that the indexer or the eraser has not handled yet. */
  countUnhandled(): Promise<number>;
  countDeadLetters(): Promise<number>;
  /** The cursor of a page that has missed the newest `events` of the stream, or all of it. */
  cursorBefore(events: number): Promise<number>;
  /** The ids of the meows whose events the stream, or the dead letters, hold. */
  readStreams(): Promise<string[]>;
  /** Every document of the index. */
  readIndex(): Promise<StoredMeow[]>;
}

export const postgresLogin = { user: 'meower', password: '123456' };
const STREAM = 'MEOW';
const DEAD_LETTER_STREAM = 'MEOW_DEAD';
const PAGE_SIZE = 5000;
/** The groups that must have handled every event. */
const GROUPS = ['indexer', 'eraser'];

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
    // What is run rejects with it; without a listener it would end the process, too.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<T>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const nats = async <T>(work: (jsm: JetStreamManager, connection: NatsConnection) => Promise<T>) => {
    const connection = await connect({
      servers: `127.0.0.1:${ports.nats}`,
      timeout: 5000,
      reconnect: false,
    });
    try {
      return await work(await connection.jetstreamManager({ checkAPI: false, timeout: 10_000 }), connection);
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
    countUnhandled: () =>
      nats(async (jsm) => {
        const counts = new Map<string, number>();
        for await (const { config, num_pending, num_ack_pending } of jsm.consumers.list(STREAM)) {
          const [group = ''] = config.durable_name?.split('-') ?? [];
          counts.set(group, (counts.get(group) ?? 0) + num_pending + num_ack_pending);
        }
        return sum(
          GROUPS.map((group) => {
            const count = counts.get(group);
            if (count === undefined) throw new Error(`the stream has no consumer of the group ${group}`);
            return count;
          }),
        );
      }),
    countDeadLetters: () => nats(async (jsm) => (await jsm.streams.info(DEAD_LETTER_STREAM)).state.messages),
    cursorBefore: (events) =>
      nats(async (jsm) => {
        const info = await jsm.streams.info(STREAM);
        const { first_seq, last_seq } = info.state;
        return epochOf(info) + Math.max(0, first_seq - 1, last_seq - events);
      }),
    readStreams: () =>
      nats(async (jsm, connection) => {
        const ids: string[] = [];
        for (const stream of [STREAM, DEAD_LETTER_STREAM]) {
          if ((await jsm.streams.info(stream)).state.messages === 0) continue;
          const consumer = await connection.jetstream().consumers.get(stream);
          for await (const message of await consumer.consume()) {
            const { id, body } = message.json<Partial<StoredMeow>>();
            if (id !== undefined && body !== undefined) ids.push(id);
            if (message.info.pending === 0) break;
          }
        }
        return ids;
      }),
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
