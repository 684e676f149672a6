import { randomBytes } from 'node:crypto';
import type { Client, estypes } from '@elastic/elasticsearch';
import type { Meow } from '../../schema/meow.ts';
import { bodyWords } from '../analysis/words.ts';

export interface IndexSettings {
  replicas: number;
  /** How often what was indexed becomes searchable, e.g. `1s`. */
  refreshInterval: string;
}

/**
 * A meow as Elasticsearch holds it, under its id. `body` is given back as it was; `words` is what is searched. They are cut and folded here, by the rules of the
 * engine's standard tokenizer and of its ICU folding: the plugin for the latter is not everywhere, the former does not know the letters and emoji of
 * recent years, and so every engine finds the same.
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
    // Plain dates would drop the microseconds.
    created_at: { type: 'date_nanos' },
    // How rare a word is counts, how often it occurs in a short text and how long that is does not: equal matches are equal.
    words: { type: 'text', analyzer: 'meow', index_options: 'docs', norms: false },
  },
};

/** `words.ts` has cut the words and folded them. */
const analysis: estypes.IndicesIndexSettingsAnalysis = {
  analyzer: { meow: { type: 'custom', tokenizer: 'whitespace' } },
};

/** One shard, because scores of different shards cannot be compared, and 140 characters times millions fit one. */
export async function createIndex(
  client: Client,
  index: string,
  alias: string,
  settings: IndexSettings,
): Promise<void> {
  await client.indices.create({
    index,
    settings: {
      number_of_shards: 1,
      number_of_replicas: settings.replicas,
      refresh_interval: settings.refreshInterval,
      analysis,
    },
    mappings: { ...mappings, _meta: aliveNow() },
    // A second write index of the same alias is refused, so of several that create at the same moment one succeeds.
    aliases: { [alias]: { is_write_index: true } },
  });
}

/** A name for a new index of the alias: with the time, and with letters by chance for those who name one at the same time. */
export function newIndexName(alias: string): string {
  const time = new Date().toISOString().replace(/\D/g, '');
  return `${alias}-${time}-${randomBytes(3).toString('hex')}`;
}

/** Whether the name is one that `newIndexName` makes for this alias (and not for another one that begins like it). */
export function isIndexOf(alias: string, index: string): boolean {
  return index.startsWith(`${alias}-`) && /^\d{17}-[0-9a-f]{6}$/.test(index.slice(alias.length + 1));
}

/** What an index records about itself. */
interface IndexMeta {
  /** When a rebuild last worked on it, RFC 3339. */
  alive_at: string;
}

/** Records in the index that a rebuild is working on it. */
export async function recordActivity(client: Client, index: string): Promise<void> {
  await client.indices.putMapping({ index, _meta: aliveNow() });
}

/** How long no rebuild has worked on it, in milliseconds. */
export function inactiveForMs({ mappings }: estypes.IndicesIndexState): number {
  const { alive_at } = (mappings?._meta ?? {}) as Partial<IndexMeta>;
  return Date.now() - (alive_at ? Date.parse(alive_at) : 0);
}

function aliveNow(): IndexMeta {
  return { alive_at: new Date().toISOString() };
}
