import type { Client, estypes } from '@elastic/elasticsearch';
import { type Meow, meowFromJson, meowJson } from '../../meow/meow.ts';
import { rarity } from '../analysis/rarity.ts';
import { WORD_WEIGHT } from '../analysis/words.ts';
import { SearchUnavailableError } from '../search-repository.ts';
import { translateErrors } from './errors.ts';
import { MEOW_FIELDS } from './index-definition.ts';
import {
  anyWordAsTyped,
  anyWordScored,
  bestThenNewest,
  everyWord,
  everyWordAsTyped,
  everyWordScored,
  newest,
} from './query.ts';

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
 *
 * To score every meow that has one of the words is slow where words are common, so it is done last. Before,
 * the meows that rank highest are read. They rank equally: the newest are the best, and since the index is
 * sorted the engine stops at the end of the page.
 */
export async function searchIndex(
  client: Client,
  index: string,
  words: readonly string[],
  options: SearchOptions,
): Promise<Meow[]> {
  const search: Search = (request, pages) =>
    readPage(client, { index, ...request }, { ...options, ...pages });
  const best = await search({ query: everyWordAsTyped(words), sort: newest });
  if (best.length === options.take) return best;
  if (words.length === 2 && options.skip === 0) {
    const ranks = () => rankByRarity(client, index, words, options);
    const page = await searchPair(search, words, options.take, ranks);
    if (page) return page;
  }
  return search({ query: anyWordScored(words), sort: bestThenNewest });
}

type Search = (
  request: Pick<estypes.SearchRequest, 'query' | 'sort'>,
  page?: { take: number },
) => Promise<Meow[]>;

/**
 * The first page for two words: meows that have both, then those with one of them as typed. Resolves to
 * undefined if these are too few.
 */
async function searchPair(
  search: Search,
  words: readonly string[],
  take: number,
  ranks: () => Promise<string[][]>,
): Promise<Meow[] | undefined> {
  const hasBoth = (await search({ query: everyWord(words), sort: newest }, { take: 1 })).length > 0;
  const both = hasBoth ? await search({ query: everyWordScored(words), sort: bestThenNewest }) : [];
  if (both.length === take) return both;
  const page = new Map(both.map((meow) => [meow.id, meow]));
  for (const rank of await ranks()) {
    // Those that have both may be among them.
    const request = { query: anyWordAsTyped(rank), sort: newest };
    const found = await search(request, { take: take + both.length });
    for (const meow of found) if (!page.has(meow.id)) page.set(meow.id, meow);
    if (page.size >= take) return [...page.values()].slice(0, take);
  }
  return undefined;
}

/** The words, the rarest first; those whose scores are equal are one rank. */
async function rankByRarity(
  client: Client,
  index: string,
  words: readonly string[],
  { signal }: SearchOptions,
): Promise<string[][]> {
  const { term_vectors: vectors } = await translateErrors(() =>
    client.termvectors(
      {
        index,
        doc: { words: words.join(' ') },
        fields: ['words'],
        term_statistics: true,
        positions: false,
        offsets: false,
        payloads: false,
      },
      { signal },
    ),
  );
  const meows = vectors?.words?.field_statistics?.doc_count ?? 0;
  const frequency = (word: string) => vectors?.words?.terms[word]?.doc_freq ?? 0;
  // In single precision, as the engine adds.
  const score = (word: string) => Math.fround(WORD_WEIGHT + rarity(frequency(word), meows));
  const ranks = Map.groupBy(words, score);
  return [...ranks].sort(([a], [b]) => b - a).map(([, rank]) => rank);
}

async function readPage(
  client: Client,
  request: Pick<estypes.SearchRequest, 'index' | 'query' | 'sort'>,
  { skip, take, timeoutMs, signal }: SearchOptions,
): Promise<Meow[]> {
  const { hits, timed_out } = await translateErrors(() =>
    client.search(
      {
        ...request,
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
