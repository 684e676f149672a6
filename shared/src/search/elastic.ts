import { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import type { Meow, MeowJson } from '../schema/meow.ts';
import { meowFromJson } from '../schema/meow.ts';
import { queryWords } from './analysis/words.ts';
import { type BulkOptions, indexInBulk } from './elastic/bulk.ts';
import { asking } from './elastic/errors.ts';
import { type IndexSettings, MEOW_FIELDS, note } from './elastic/index-definition.ts';
import { prepareIndex } from './elastic/prepare.ts';
import { bestThenNewest, wordsQuery } from './elastic/query.ts';
import { beginRebuild } from './elastic/rebuild.ts';
import {
  checkDepth,
  IndexMissingError,
  type SearchRepository,
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
  /** Most connections at once; a request beyond that waits for one, within its time. Default 20. */
  maxConnections?: number;
  /** Most bytes in one bulk request. Default 5 MB. */
  maxBulkBytes?: number;
  /** See `RebuildOptions`. Default 5 minutes. */
  leftoverAfterMs?: number;
}

/** What is read of the engine's answer to a search, or of its refusal: the rest is half of the bytes. */
const ANSWER = ['hits.hits._source', 'timed_out', 'error', 'status'];

/** Meows in Elasticsearch. Connects when first used, and again by itself after the engine was away. Nothing is retried here. */
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
  let prepared: { index: string; complete: boolean } | undefined;
  // The client's own time limit begins with the request on a connection and ends with the headers of the answer.
  const within = (ms: number) => ({ signal: AbortSignal.timeout(ms) });

  return {
    async ping() {
      await asking(() =>
        client.cluster.health({ timeout: '1s', master_timeout: '1s' }, within(searchTimeoutMs)),
      );
    },
    async prepare() {
      prepared = await asking(() => prepareIndex(client, alias, settings));
      return { complete: prepared.complete };
    },
    async markComplete() {
      // That index and no other: one that has come in its place since has not been filled.
      const { index } = prepared ?? (await asking(() => prepareIndex(client, alias, settings)));
      await asking(() => note(client, index, { complete: true }));
    },

    async insertMeow(meow) {
      const [outcome] = await indexInBulk(client, [meow], { ...bulk, refresh: 'wait_for' });
      if (outcome?.status === 'busy') throw new SearchUnavailableError(outcome.reason);
      if (outcome?.status === 'refused') throw new Error(`Elasticsearch refuses the meow: ${outcome.reason}`);
    },
    insertMeows: (meows) => indexInBulk(client, meows, { ...bulk, refresh: false }),

    async searchMeows(query, skip, take) {
      checkDepth(skip, take);
      const words = queryWords(query);
      if (words.length === 0) return [];
      const { hits, timed_out } = await asking(() =>
        client.search<MeowJson>(
          {
            index: alias,
            query: wordsQuery(words),
            sort: bestThenNewest,
            from: skip,
            size: take,
            _source: MEOW_FIELDS,
            track_total_hits: false,
            timeout: `${searchTimeoutMs}ms`,
            allow_partial_search_results: false,
            filter_path: ANSWER,
          },
          within(searchTimeoutMs),
        ),
      );
      if (timed_out)
        throw new SearchUnavailableError(`Elasticsearch: no full answer in ${searchTimeoutMs} ms`);
      return (hits?.hits ?? []).map((hit): Meow => meowFromJson(hit._source));
    },

    async findIds(ids) {
      const found = new Set<string>();
      if (ids.length === 0) return found;
      const { docs } = await asking(() =>
        client.mget({ index: alias, ids: [...ids], _source: false }, within(timeoutMs)),
      );
      for (const doc of docs) {
        if ('error' in doc) throw new IndexMissingError(`Elasticsearch: ${doc.error.reason}`);
        if (doc.found) found.add(doc._id);
      }
      return found;
    },
    async count() {
      return (await asking(() => client.count({ index: alias }, within(timeoutMs)))).count;
    },
    async refresh() {
      await asking(() => client.indices.refresh({ index: alias }, within(timeoutMs)));
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
