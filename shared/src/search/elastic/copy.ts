import type { Client, estypes } from '@elastic/elasticsearch';
import { type MeowJson, meowFromJson } from '../../schema/meow.ts';
import { SearchUnavailableError } from '../search-repository.ts';
import { type BulkOptions, indexInBulk } from './bulk.ts';
import { MEOW_FIELDS } from './index-definition.ts';

// Elasticsearch numbers the writes of a shard, and an index of ours has one shard: its `_seq_no` is a position in time.
const NONE = -1;
const PAGE = 1_000;

/** The position of the last write to an index. */
export async function lastPosition(client: Client, index: string): Promise<number> {
  await client.indices.refresh({ index });
  const { hits } = await client.search({ ...byPosition('desc'), index, size: 1, _source: false });
  return hits.hits[0]?._seq_no ?? NONE;
}

/** Copies what was written to an index after a position (or all of it); resolves to the position up to which it is copied. */
export async function copySince(
  client: Client,
  index: string,
  after: number = NONE,
  into: BulkOptions,
): Promise<number> {
  await client.indices.refresh({ index });
  let position = after;
  while (true) {
    const { hits } = await client.search<MeowJson>({
      ...byPosition('asc'),
      index,
      query: { range: { _seq_no: { gt: position } } },
      size: PAGE,
      _source: MEOW_FIELDS,
    });
    const last = hits.hits.at(-1)?._seq_no;
    if (last === undefined) return position;
    const outcomes = await indexInBulk(
      client,
      hits.hits.map(({ _source }) => meowFromJson(_source)),
      into,
    );
    const failed = outcomes.find((outcome) => outcome.status !== 'indexed');
    if (failed)
      throw new SearchUnavailableError(`Elasticsearch did not take over everything: ${failed.reason}`);
    position = last;
  }
}

function byPosition(order: estypes.SortOrder) {
  return {
    // The types know no sorting by this field; the engine does.
    sort: [{ _seq_no: { order } }] as estypes.Sort,
    seq_no_primary_term: true,
    track_total_hits: false,
  };
}
