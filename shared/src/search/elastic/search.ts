import type { Client } from '@elastic/elasticsearch';
import { type Meow, meowFromJson, meowJson } from '../../meow/meow.ts';
import { SearchUnavailableError } from '../search-repository.ts';
import { translateErrors } from './errors.ts';
import { MEOW_FIELDS } from './index-definition.ts';
import { bestThenNewest, wordsQuery } from './query.ts';

interface SearchOptions {
  skip: number;
  take: number;
  /** After this time the engine gives up. */
  timeoutMs: number;
  /** After this the client no longer waits for the engine. */
  signal: AbortSignal;
}

/** What is read of the engine's response, or of its error: the rest is half of the bytes. */
const RESPONSE_FIELDS = ['hits.hits._source', 'timed_out', 'error', 'status'];

/**
 * Searches an index, or the index of an alias. Rejects with `SearchUnavailableError` instead of returning
 * incomplete results.
 */
export async function searchIndex(
  client: Client,
  index: string,
  words: readonly string[],
  { skip, take, timeoutMs, signal }: SearchOptions,
): Promise<Meow[]> {
  const { hits, timed_out } = await translateErrors(() =>
    client.search(
      {
        index,
        query: wordsQuery(words),
        sort: bestThenNewest,
        from: skip,
        size: take,
        _source: MEOW_FIELDS,
        track_total_hits: false,
        timeout: `${timeoutMs}ms`,
        allow_partial_search_results: false,
        filter_path: RESPONSE_FIELDS,
      },
      { signal },
    ),
  );
  if (timed_out) throw new SearchUnavailableError(`Elasticsearch: no full answer in ${timeoutMs} ms`);
  // `hits` is filtered out of a response without hits.
  return (hits?.hits ?? []).map(({ _source }) => meowFromJson(meowJson.parse(_source)));
}
