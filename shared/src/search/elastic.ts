import { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import type { Meow, MeowJson } from '../schema/meow.ts';
import { meowFromJson } from '../schema/meow.ts';
import { queryWords } from './analysis/words.ts';
import { type BulkOptions, indexInBulk } from './elastic/bulk.ts';
import { completeAlias, recordCompleteness } from './elastic/completeness.ts';
import { translateErrors } from './elastic/errors.ts';
import { type IndexSettings, MEOW_FIELDS } from './elastic/index-definition.ts';
import { prepareIndex } from './elastic/prepare.ts';
import { bestThenNewest, wordsQuery } from './elastic/query.ts';
import { beginRebuild } from './elastic/rebuild.ts';
import {
  checkDepth,
  IndexMissingError,
  type SearchRepository,
  type SearchResult,
  SearchUnavailableError,
} from './search-repository.ts';

export interface ElasticConfig extends Partial<IndexSettings> {
  /** `http://host:port` */
  node: string;
  /** The name under which the index in use is found. Default `meows`. */
  alias?: string;
  /** How long a search may take, in milliseconds. Default 2000. */
  searchTimeoutMs?: number;
  /** How long any other request may take, in milliseconds. Default 30 000. */
  timeoutMs?: number;
  /** Most concurrent connections; a request beyond that waits for one, within its timeout. Default 20. */
  maxConnections?: number;
  /** Most bytes in one bulk request. Default 5 MB. */
  maxBulkBytes?: number;
  /** See `RebuildOptions`. Default 5 minutes. */
  leftoverAfterMs?: number;
}

/** What is read of the engine's response to a search, or of its error: the rest is half of the bytes. */
const RESPONSE_FIELDS = ['hits.hits._source', 'timed_out', 'error', 'status'];

/** Meows in Elasticsearch. Connects when first used, and again after the engine was unavailable. Retries nothing. */
export function createElasticRepository(
  config: ElasticConfig,
  { logger }: { logger: Logger },
): SearchRepository {
  const alias = config.alias ?? 'meows';
  const timeoutMs = config.timeoutMs ?? 30_000;
  const searchTimeoutMs = config.searchTimeoutMs ?? 2_000;
  const settings: IndexSettings = {
    replicas: config.replicas ?? 0,
    refreshInterval: config.refreshInterval ?? '1s',
  };
  const client = new Client({
    node: config.node,
    agent: { connections: config.maxConnections ?? 20 },
    requestTimeout: timeoutMs,
    maxRetries: 0,
  });
  const bulk: Omit<BulkOptions, 'refresh'> = { alias, timeoutMs, maxBytes: config.maxBulkBytes ?? 5_000_000 };
  // The client's own timeout starts with the request on a connection and ends with the headers of the response.
  const within = (ms: number) => ({ signal: AbortSignal.timeout(ms) });

  async function search(query: string, skip: number, take: number): Promise<SearchResult> {
    checkDepth(skip, take);
    const words = queryWords(query);
    // Without a word nothing is found, whatever the index holds.
    if (words.length === 0) return { meows: [], complete: true };
    const options = within(searchTimeoutMs);
    const searchIn = async (index: string): Promise<Meow[]> => {
      const { hits, timed_out } = await translateErrors(() =>
        client.search<MeowJson>(
          {
            index,
            query: wordsQuery(words),
            sort: bestThenNewest,
            from: skip,
            size: take,
            _source: MEOW_FIELDS,
            track_total_hits: false,
            timeout: `${searchTimeoutMs}ms`,
            allow_partial_search_results: false,
            filter_path: RESPONSE_FIELDS,
          },
          options,
        ),
      );
      if (timed_out)
        throw new SearchUnavailableError(`Elasticsearch: no full answer in ${searchTimeoutMs} ms`);
      return (hits?.hits ?? []).map((hit): Meow => meowFromJson(hit._source));
    };
    try {
      return { meows: await searchIn(completeAlias(alias)), complete: true };
    } catch (error) {
      if (!(error instanceof IndexMissingError)) throw error;
      return { meows: await searchIn(alias), complete: false };
    }
  }

  return {
    async ping() {
      await translateErrors(() =>
        client.cluster.health({ timeout: '1s', master_timeout: '1s' }, within(searchTimeoutMs)),
      );
    },
    async prepare() {
      const { index, complete } = await translateErrors(() => prepareIndex(client, alias, settings));
      return {
        complete,
        setComplete: (complete) => translateErrors(() => recordCompleteness(client, alias, index, complete)),
      };
    },

    async insertMeow(meow) {
      const [outcome] = await indexInBulk(client, [meow], { ...bulk, refresh: 'wait_for' });
      if (outcome?.status === 'busy') throw new SearchUnavailableError(outcome.reason);
      if (outcome?.status === 'refused') throw new Error(`Elasticsearch refuses the meow: ${outcome.reason}`);
    },
    insertMeows: (meows) => indexInBulk(client, meows, { ...bulk, refresh: false }),

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
    async count() {
      return (await translateErrors(() => client.count({ index: alias }, within(timeoutMs)))).count;
    },
    async refresh() {
      await translateErrors(() => client.indices.refresh({ index: alias }, within(timeoutMs)));
    },

    rebuild: () =>
      beginRebuild(
        client,
        { ...settings, alias, leftoverAfterMs: config.leftoverAfterMs ?? 300_000, bulk },
        logger,
      ),
    close: () => client.close(),
  };
}
