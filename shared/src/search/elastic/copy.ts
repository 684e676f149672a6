import type { Client, estypes } from '@elastic/elasticsearch';
import { meowFromJson, meowJson } from '../../meow/meow.ts';
import { type BulkOptions, indexInBulk, requireDone } from './bulk.ts';
import { MEOW_FIELDS } from './index-definition.ts';

// Elasticsearch numbers the writes to a shard, and our indexes have one shard: its `_seq_no` is the position
// of a write.
const BEFORE_FIRST = -1;
const PAGE = 1_000;

/** The position of the last write to an index. */
export async function lastPosition(client: Client, index: string): Promise<number> {
  await client.indices.refresh({ index });
  const { hits } = await client.search({ ...byPosition('desc'), index, size: 1, _source: false });
  return hits.hits[0]?._seq_no ?? BEFORE_FIRST;
}

/**
 * Copies what was written to an index after a position (by default everything). Resolves to the last position
 * copied.
 */
export async function copySince(
  client: Client,
  index: string,
  after: number = BEFORE_FIRST,
  into: BulkOptions,
): Promise<number> {
  await client.indices.refresh({ index });
  let position = after;
  while (true) {
    const { hits } = await client.search({
      ...byPosition('asc'),
      index,
      query: { range: { _seq_no: { gt: position } } },
      size: PAGE,
      _source: MEOW_FIELDS,
    });
    const last = hits.hits.at(-1)?._seq_no;
    if (last === undefined) return position;
    const meows = hits.hits.map(({ _source }) => meowFromJson(meowJson.parse(_source)));
    requireDone(await indexInBulk(client, meows, into));
    position = last;
  }
}

function byPosition(order: estypes.SortOrder) {
  return {
    // The engine sorts by this field, which the client's types do not know.
    sort: [{ _seq_no: { order } }] as estypes.Sort,
    seq_no_primary_term: true,
    track_total_hits: false,
  };
}
