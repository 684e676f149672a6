import type { Client, estypes } from '@elastic/elasticsearch';
import type { Meow } from '../../meow/meow.ts';
import { IndexMissingError, type IndexOutcome, SearchUnavailableError } from '../search-repository.ts';
import { translateErrors } from './errors.ts';
import { toDocument } from './index-definition.ts';

export interface BulkOptions {
  /** Must be an alias: instead of a missing index the engine would create one with a guessed mapping. */
  alias: string;
  maxBytes: number;
  timeoutMs: number;
  /** When the request resolves. Default: before the next refresh. */
  refresh?: estypes.Refresh;
}

/** Indexes meows in successive requests of a bounded size. Resolves to their outcomes, in order. */
export async function indexInBulk(
  client: Client,
  meows: readonly Meow[],
  options: BulkOptions,
): Promise<IndexOutcome[]> {
  const outcomes: IndexOutcome[] = [];
  for (const lines of requests(meows, options.maxBytes)) {
    try {
      outcomes.push(...(await sendBulk(client, 'index', lines, options)));
    } catch (error) {
      // The outcomes of earlier requests stand.
      if (outcomes.length === 0 || !isUnavailable(error)) throw error;
      const reason = error.message;
      return meows.map((_, i) => outcomes[i] ?? { status: 'busy', reason });
    }
  }
  return outcomes;
}

function isUnavailable(error: unknown): error is SearchUnavailableError {
  return error instanceof SearchUnavailableError && !(error instanceof IndexMissingError);
}

/** The lines of each request, in pairs of an action and a document. */
function* requests(meows: readonly Meow[], maxBytes: number): Generator<string[]> {
  let lines: string[] = [];
  let bytes = 0;
  for (const meow of meows) {
    const pair = `${JSON.stringify({ index: { _id: meow.id } })}\n${JSON.stringify(toDocument(meow))}`;
    const size = Buffer.byteLength(pair) + 1;
    if (lines.length > 0 && bytes + size > maxBytes) {
      yield lines;
      lines = [];
      bytes = 0;
    }
    lines.push(pair);
    bytes += size;
  }
  if (lines.length > 0) yield lines;
}

/** Most deletions in one request. */
const MAX_DELETIONS = 10_000;

/** Deletes documents; those that are missing count as deleted. */
export async function deleteInBulk(
  client: Client,
  ids: readonly string[],
  options: BulkOptions,
): Promise<void> {
  for (let i = 0; i < ids.length; i += MAX_DELETIONS) {
    const lines = ids.slice(i, i + MAX_DELETIONS).map((_id) => JSON.stringify({ delete: { _id } }));
    requireDone(await sendBulk(client, 'delete', lines, options));
  }
}

/** Throws `SearchUnavailableError` if the engine has not done everything. */
export function requireDone(outcomes: readonly IndexOutcome[]): void {
  const failed = outcomes.find((outcome) => outcome.status !== 'indexed');
  if (failed) throw new SearchUnavailableError(`Elasticsearch did not accept everything: ${failed.reason}`);
}

async function sendBulk(
  client: Client,
  action: 'index' | 'delete',
  lines: string[],
  { alias, refresh, timeoutMs }: BulkOptions,
): Promise<IndexOutcome[]> {
  // Everything else is nine tenths of the response.
  const read = [`items.${action}.status`, `items.${action}.error`, 'error', 'status'];
  const { items } = await translateErrors(() =>
    client.bulk(
      { index: alias, operations: lines, require_alias: true, refresh, filter_path: read },
      { signal: AbortSignal.timeout(timeoutMs) },
    ),
  );
  // Each item has the action that was requested.
  return items.map((item) => outcome(item[action] as estypes.BulkResponseItem));
}

function outcome({ status, error }: estypes.BulkResponseItem): IndexOutcome {
  if (!error) return { status: 'indexed' };
  const reason = `${error.type}: ${error.reason}`;
  if (error.type === 'index_not_found_exception') throw new IndexMissingError(reason);
  // An index is blocked while its disk is full, or while a rebuild replaces it.
  const isTransient = status === 429 || status >= 500 || error.type === 'cluster_block_exception';
  return { status: isTransient ? 'busy' : 'refused', reason };
}
