import { randomBytes } from 'node:crypto';
import type { Client, estypes } from '@elastic/elasticsearch';
import type { Meow } from '../../meow/meow.ts';
import { bodyWords } from '../analysis/words.ts';

export interface IndexSettings {
  replicas: number;
  /** How often what was indexed becomes searchable, e.g. `1s`. */
  refreshInterval: string;
}

/**
 * The document of a meow in Elasticsearch, stored under its id. `body` is returned as it is; `words` is
 * searched. The words are cut and folded here and not by the engine: its standard tokenizer does not know the
 * letters and emoji of recent years, its ICU folding is a plugin, and all implementations of
 * `SearchRepository` have to find the same.
 */
export function toDocument(meow: Meow) {
  return {
    id: meow.id,
    body: meow.body,
    created_at: meow.createdAt,
    words: bodyWords(meow.body).join(' '),
  };
}

/** The fields of a document that make a meow. */
export const MEOW_FIELDS = ['id', 'body', 'created_at'];

const mappings: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    id: { type: 'keyword' },
    body: { type: 'keyword', index: false, doc_values: false },
    // `date` would drop the microseconds.
    created_at: { type: 'date_nanos' },
    // Scores depend on how rare a word is, but not on how often it occurs in the text, nor on the text's
    // length.
    words: { type: 'text', analyzer: 'meow', index_options: 'docs', norms: false },
  },
};

/** The words are already cut and folded. */
const analysis: estypes.IndicesIndexSettingsAnalysis = {
  analyzer: { meow: { type: 'custom', tokenizer: 'whitespace' } },
};

/** With one shard, because scores of different shards cannot be compared, and one holds millions of meows. */
export async function createIndex(
  client: Client,
  index: string,
  alias: string,
  settings: IndexSettings & { checkpoint?: string | undefined },
): Promise<void> {
  await client.indices.create({
    index,
    settings: {
      number_of_shards: 1,
      number_of_replicas: settings.replicas,
      refresh_interval: settings.refreshInterval,
      // Newest first, so that a search for the newest ends with the page, and does not read all that match.
      sort: { field: 'id', order: 'desc' },
      analysis,
    },
    mappings: { ...mappings, _meta: { ...activeNow(), checkpoint: settings.checkpoint } satisfies IndexMeta },
    // The engine refuses a second write index of an alias: of several concurrent creations one succeeds.
    aliases: { [alias]: { is_write_index: true } },
  });
}

/**
 * A name for a new index of the alias: the time, and random letters in case several are created in the same
 * millisecond.
 */
export function newIndexName(alias: string): string {
  const time = new Date().toISOString().replace(/\D/g, '');
  return `${alias}-${time}-${randomBytes(3).toString('hex')}`;
}

/** Whether `newIndexName` made this name for this alias, and not for another one with the same beginning. */
export function isIndexOf(alias: string, index: string): boolean {
  return index.startsWith(`${alias}-`) && /^\d{17}-[0-9a-f]{6}$/.test(index.slice(alias.length + 1));
}

/** What an index records about itself, in `_meta` of its mapping. */
interface IndexMeta {
  /** When a rebuild last worked on it, RFC 3339. */
  alive_at: string;
  /** See `PreparedIndex.checkpoint`. */
  checkpoint?: string | undefined;
}

/** Records in the index that a rebuild is working on it. */
export function recordActivity(client: Client, index: string): Promise<void> {
  return updateMeta(client, index, activeNow());
}

export function recordCheckpoint(client: Client, index: string, checkpoint: string): Promise<void> {
  return updateMeta(client, index, { checkpoint });
}

export async function readCheckpoint(client: Client, index: string): Promise<string | undefined> {
  return (await readMeta(client, index)).checkpoint;
}

/** How long no rebuild has worked on it, in milliseconds. */
export function inactiveForMs({ mappings }: estypes.IndicesIndexState): number {
  const { alive_at } = (mappings?._meta ?? {}) as Partial<IndexMeta>;
  return Date.now() - (alive_at ? Date.parse(alive_at) : 0);
}

function activeNow(): IndexMeta {
  return { alive_at: new Date().toISOString() };
}

/** The engine replaces `_meta` as a whole. */
async function updateMeta(client: Client, index: string, changed: Partial<IndexMeta>): Promise<void> {
  const _meta = { ...(await readMeta(client, index)), ...changed };
  await client.indices.putMapping({ index, _meta });
}

async function readMeta(client: Client, index: string): Promise<Partial<IndexMeta>> {
  const mappings = await client.indices.getMapping({ index });
  return mappings[index]?.mappings._meta ?? {};
}
