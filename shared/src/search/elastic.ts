import { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { queryWords } from './analysis/words.ts';
import { type BulkOptions, deleteInBulk, indexInBulk } from './elastic/bulk.ts';
import { completeAlias, recordCompleteness } from './elastic/completeness.ts';
import { translateErrors } from './elastic/errors.ts';
import { type IndexSettings, recordCheckpoint } from './elastic/index-definition.ts';
import { prepareIndex } from './elastic/prepare.ts';
import { beginRebuild, deleteLeftovers } from './elastic/rebuild.ts';
import { searchIndex } from './elastic/search.ts';
import {
  checkDepth,
  IndexMissingError,
  type SearchRepository,
  type SearchResult,
  SearchUnavailableError,
} from './search-repository.ts';

export interface ElasticConfig extends IndexSettings {
  /** `http://host:port` */
  node: string;
  /** Default: no login. */
  auth?: { username: string; password: string } | undefined;
  /** The name under which the index in use is found. */
  alias: string;
  /** How long a search may take, in milliseconds. */
  searchTimeoutMs: number;
  /** How long any other request may take, in milliseconds. */
  timeoutMs: number;
  /** Most bytes in one bulk request. Default 5 MB. */
  maxBulkBytes?: number;
  /**
   * An index that is not in use is a leftover when no rebuild has worked on it for this long. Default 5
   * minutes.
   */
  leftoverAfterMs?: number;
}

/** A request beyond that waits for a connection, within its timeout. */
const MAX_CONNECTIONS = 20;

/** Meows in Elasticsearch. Connects when first used, and after each interruption. Retries nothing. */
export function createElasticRepository(
  config: ElasticConfig,
  { logger }: { logger: Logger },
): SearchRepository {
  const { node, auth, alias, timeoutMs, searchTimeoutMs } = config;
  const { maxBulkBytes = 5_000_000, leftoverAfterMs = 300_000 } = config;
  const client = new Client({
    node,
    ...(auth && { auth }),
    agent: { connections: MAX_CONNECTIONS },
    requestTimeout: timeoutMs,
    maxRetries: 0,
  });
  const bulk: BulkOptions = { alias, timeoutMs, maxBytes: maxBulkBytes };
  // The client's own timeout starts once there is a connection and ends with the headers of the response.
  const within = (ms: number) => ({ signal: AbortSignal.timeout(ms) });

  async function search(query: string, skip: number, take: number): Promise<SearchResult> {
    checkDepth(skip, take);
    const words = queryWords(query);
    // Without a word nothing is found, regardless of the index.
    if (words.length === 0) return { meows: [], complete: true };
    const options = { skip, take, timeoutMs: searchTimeoutMs, ...within(searchTimeoutMs) };
    try {
      return { meows: await searchIndex(client, completeAlias(alias), words, options), complete: true };
    } catch (error) {
      if (!(error instanceof IndexMissingError)) throw error;
      return { meows: await searchIndex(client, alias, words, options), complete: false };
    }
  }

  return {
    async ping() {
      await translateErrors(() =>
        client.cluster.health({ timeout: '1s', master_timeout: '1s' }, within(searchTimeoutMs)),
      );
    },
    async prepare() {
      const { index, complete, checkpoint } = await translateErrors(() =>
        prepareIndex(client, alias, config),
      );
      return {
        complete,
        setComplete: (complete) => translateErrors(() => recordCompleteness(client, alias, index, complete)),
        checkpoint,
        setCheckpoint: (value) => translateErrors(() => recordCheckpoint(client, index, value)),
      };
    },

    async insertMeow(meow) {
      const [outcome] = await indexInBulk(client, [meow], { ...bulk, refresh: 'wait_for' });
      if (outcome?.status === 'busy') throw new SearchUnavailableError(outcome.reason);
      if (outcome?.status === 'refused') throw new Error(`Elasticsearch refuses the meow: ${outcome.reason}`);
    },
    insertMeows: (meows) => indexInBulk(client, meows, bulk),
    deleteMeows: (ids) => deleteInBulk(client, ids, bulk),

    searchMeows: async (query, skip, take) => (await search(query, skip, take)).meows,
    searchWithCompleteness: search,

    async findIds(ids) {
      const found = new Set<string>();
      if (ids.length === 0) return found;
      const { docs } = await translateErrors(() =>
        client.mget({ index: alias, ids: [...ids], _source: false }, within(timeoutMs)),
      );
      for (const doc of docs) {
        if ('error' in doc) throw new IndexMissingError(`Elasticsearch: ${doc.error.reason}`);
        if (doc.found) found.add(doc._id);
      }
      return found;
    },
    async listIdsAfter(id, take) {
      const query = { range: { id: { gt: id } } };
      const request = { index: alias, query, sort: { id: 'asc' as const }, size: take, _source: false };
      const { hits } = await translateErrors(() => client.search(request, within(timeoutMs)));
      return hits.hits.map(({ _id }) => _id as string); // each document has one
    },
    async count() {
      return (await translateErrors(() => client.count({ index: alias }, within(timeoutMs)))).count;
    },
    async refresh() {
      await translateErrors(() => client.indices.refresh({ index: alias }, within(timeoutMs)));
    },

    rebuild: () => beginRebuild(client, { ...config, bulk }, logger),
    deleteLeftovers: () =>
      translateErrors(() => deleteLeftovers(client, { alias, leftoverAfterMs, timeoutMs }, logger)),
    async disk() {
      const request = { metric: 'fs' as const, filter_path: 'nodes.*.fs.total' };
      const { nodes } = await translateErrors(() => client.nodes.stats(request, within(searchTimeoutMs)));
      const disks = Object.values(nodes).map(({ fs }) => ({
        availableBytes: fs?.total?.available_in_bytes ?? 0,
        sizeBytes: fs?.total?.total_in_bytes ?? 0,
      }));
      const [fullest] = disks.toSorted((a, b) => a.availableBytes - b.availableBytes);
      if (!fullest) throw new SearchUnavailableError('Elasticsearch reports no disk');
      return fullest;
    },
    close: () => client.close(),
  };
}
