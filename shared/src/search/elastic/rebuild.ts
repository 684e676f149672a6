import type { Client, estypes } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { IndexMissingError, type Rebuild } from '../search-repository.ts';
import { type BulkOptions, indexInBulk } from './bulk.ts';
import { copySince, lastPosition } from './copy.ts';
import { asking } from './errors.ts';
import {
  createIndex,
  type IndexSettings,
  isIndexOf,
  newIndexName,
  note,
  silentForMs,
} from './index-definition.ts';

export interface RebuildOptions extends IndexSettings {
  alias: string;
  /** An index that does not serve is a leftover when nobody has worked on it for this long. */
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
  const { alias, refreshInterval } = options;
  await asking(() => removeLeftovers(client, options, logger));
  const index = newIndexName(alias);
  const filling = `${index}-filling`;
  const intoNew = { ...options.bulk, alias: filling, refresh: false };
  /** Up to where the writes of an old index are in the new one. */
  const copied = new Map<string, number>();
  for (const old of await asking(() => serving(client, alias)))
    copied.set(old, await asking(() => lastPosition(client, old)));
  await asking(() => createIndex(client, index, filling, { ...options, refreshInterval: '-1' }));
  logger.info({ index }, 'search: rebuilding the index');
  let saidAliveAt = Date.now();
  const replaced = new Set<string>();

  /** Most of what was inserted meanwhile is copied before the switch, so that little is missing for the moment after it. */
  async function switchOver(): Promise<void> {
    for (const old of await serving(client, alias)) {
      if (old === index) continue;
      replaced.add(old);
      copied.set(old, await copySince(client, old, copied.get(old), intoNew));
    }
    await client.indices.putSettings({ index, settings: { refresh_interval: refreshInterval } });
    await client.indices.refresh({ index });
    await note(client, index, { complete: true });
    await client.indices.updateAliases({
      actions: [
        ...[...replaced].map((old) => ({ remove: { index: old, alias, must_exist: false } })),
        { remove: { index, alias: filling, must_exist: false } },
        { add: { index, alias, is_write_index: true } },
      ],
    });
  }

  async function retire(old: string): Promise<void> {
    // Resolves when the last insert that was under way has landed; none is accepted afterwards.
    await client.indices.addBlock({ index: old, block: 'write' });
    await copySince(client, old, copied.get(old), { ...intoNew, alias, refresh: true });
    await client.indices.delete({ index: old });
    replaced.delete(old);
  }

  return {
    async insertMeows(meows) {
      if (Date.now() - saidAliveAt > ALIVE_EVERY_MS) {
        saidAliveAt = Date.now();
        await asking(() => note(client, index));
      }
      return indexInBulk(client, meows, intoNew);
    },
    async swap() {
      await asking(switchOver);
      for (const old of replaced) await asking(() => retire(old)).catch(unlessGone);
      logger.info({ index }, 'search: the rebuilt index serves');
    },
    async abandon() {
      await asking(() => client.indices.delete({ index }, { ignore: [404] }));
    },
  };
}

/** Another rebuild that has taken over as well has seen to it. */
function unlessGone(error: unknown): void {
  if (!(error instanceof IndexMissingError)) throw error;
}

/** The indexes behind the alias: one, or none when it was deleted. */
async function serving(client: Client, alias: string): Promise<string[]> {
  const indexes = await client.indices.getAlias({ name: alias }, { ignore: [404] });
  return Object.entries(indexes).flatMap(([index, { aliases }]) => (aliases?.[alias] ? [index] : []));
}

/** An index that was replaced keeps the time of its last filling; that of the one which serves tells when it was replaced. */
async function removeLeftovers(client: Client, options: RebuildOptions, logger: Logger): Promise<void> {
  const indexes = Object.entries(await client.indices.get({ index: `${options.alias}-*` }));
  const serves = (state: estypes.IndicesIndexState) => state.aliases?.[options.alias] !== undefined;
  const sinceSwapMs = Math.min(
    ...indexes.flatMap(([, state]) => (serves(state) ? [silentForMs(state)] : [])),
  );
  for (const [index, state] of indexes) {
    if (serves(state) || !isIndexOf(options.alias, index)) continue;
    if (Math.min(silentForMs(state), sinceSwapMs) < options.leftoverAfterMs) continue;
    logger.warn({ index }, 'search: removing what an interrupted rebuild has left');
    await client.indices.delete({ index }, { ignore: [404] });
  }
}
