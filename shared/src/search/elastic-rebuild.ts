import type { Client, estypes } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { type BulkOptions, indexInBulk } from './elastic-bulk.ts';
import { asking } from './elastic-errors.ts';
import {
  createIndex,
  type IndexSettings,
  isIndexOf,
  newIndexName,
  note,
  silentForMs,
} from './elastic-index.ts';
import type { Rebuild } from './repository.ts';

export interface RebuildOptions extends IndexSettings {
  alias: string;
  /** An index that nobody serves from is a leftover when nobody has worked on it for this long. */
  leftoverAfterMs: number;
  bulk: Omit<BulkOptions, 'alias' | 'refresh'>;
}

/** How often a rebuild says that it is still at work. */
const ALIVE_EVERY_MS = 30_000;

/** Fills a new index, which has an alias of its own until it takes over the one that serves. */
export async function beginRebuild(
  client: Client,
  options: RebuildOptions,
  logger: Logger,
): Promise<Rebuild> {
  const { alias } = options;
  await asking(() => removeLeftovers(client, options, logger));
  const before = await asking(() => positions(client, alias));
  const index = newIndexName(alias);
  const filling = `${index}-filling`;
  await asking(() => createIndex(client, index, filling, { ...options, refreshInterval: '-1' }));
  logger.info({ index }, 'search: rebuilding the index');
  let saidAliveAt = Date.now();

  return {
    async insertMeows(meows) {
      if (Date.now() - saidAliveAt > ALIVE_EVERY_MS) {
        saidAliveAt = Date.now();
        await asking(() => note(client, index));
      }
      return indexInBulk(client, meows, { ...options.bulk, alias: filling, refresh: false });
    },

    swap: () =>
      asking(async () => {
        // Most of what was inserted meanwhile is carried over beforehand, so that little is missing for the moment after.
        const carried = await carryOver(client, await positions(client, alias), before, index);
        await client.indices.putSettings({ index, settings: { refresh_interval: options.refreshInterval } });
        await client.indices.refresh({ index });
        await note(client, index, { complete: true });
        const replaced = [...(await positions(client, alias)).keys()];
        await Promise.all(replaced.map((old) => note(client, old)));
        await client.indices.updateAliases({
          actions: [
            ...replaced.map((old) => ({ remove: { index: old, alias } })),
            { remove: { index, alias: filling } },
            { add: { index, alias, is_write_index: true } },
          ],
        });
        // Resolves when the last insert that was under way to the old index has landed; none is accepted afterwards.
        await Promise.all(replaced.map((old) => client.indices.addBlock({ index: old, block: 'write' })));
        const last = new Map<string, number>();
        for (const old of replaced) last.set(old, (await lastPosition(client, old)) ?? -1);
        await carryOver(client, last, carried, index);
        await Promise.all(replaced.map((old) => client.indices.delete({ index: old }, { ignore: [404] })));
        logger.info({ index, replaced }, 'search: the rebuilt index serves');
      }),

    async abandon() {
      await asking(() => client.indices.delete({ index }, { ignore: [404] }));
    },
  };
}

/** Copies what came into the old indexes after the positions `from`; gives the positions up to which it did. */
async function carryOver(
  client: Client,
  olds: Map<string, number>,
  from: Map<string, number>,
  index: string,
): Promise<Map<string, number>> {
  for (const [old, position] of olds) {
    const after = from.get(old) ?? -1;
    if (position <= after) continue;
    await client.reindex({
      source: { index: old, query: { range: { _seq_no: { gt: after } } } },
      dest: { index },
      refresh: true,
    });
  }
  return olds;
}

/** The indexes behind the alias, each with the position of its last write. */
async function positions(client: Client, alias: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const indexes = await client.indices.getAlias({ name: alias }, { ignore: [404] });
  for (const [index, { aliases }] of Object.entries(indexes)) {
    if (aliases?.[alias]) found.set(index, (await lastPosition(client, index)) ?? -1);
  }
  return found;
}

async function lastPosition(client: Client, index: string): Promise<number | undefined> {
  await client.indices.refresh({ index });
  const { hits } = await client.search({
    index,
    size: 1,
    sort: [{ _seq_no: 'desc' }] as unknown as estypes.Sort,
    seq_no_primary_term: true,
    _source: false,
  });
  return hits.hits[0]?._seq_no;
}

async function removeLeftovers(client: Client, options: RebuildOptions, logger: Logger): Promise<void> {
  const states = await client.indices.get({ index: `${options.alias}-*` });
  for (const [index, state] of Object.entries(states)) {
    const serves = state.aliases?.[options.alias] !== undefined;
    if (serves || !isIndexOf(options.alias, index) || silentForMs(state) < options.leftoverAfterMs) continue;
    logger.warn({ index }, 'search: removing what an interrupted rebuild has left');
    await client.indices.delete({ index }, { ignore: [404] });
  }
}
