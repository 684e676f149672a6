import type { Client, estypes } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { IndexMissingError, type Rebuild } from '../search-repository.ts';
import { type BulkOptions, indexInBulk } from './bulk.ts';
import { completeAlias, indexesInUse, recordCompleteness } from './completeness.ts';
import { copySince, lastPosition } from './copy.ts';
import { translateErrors } from './errors.ts';
import {
  createIndex,
  type IndexSettings,
  inactiveForMs,
  isIndexOf,
  newIndexName,
  readCheckpoint,
  recordActivity,
} from './index-definition.ts';

interface RebuildOptions extends IndexSettings {
  alias: string;
  bulk: BulkOptions;
}

/** How often a rebuild records that it is still running. */
const ACTIVITY_EVERY_MS = 30_000;

/** Creates a new index, with an alias of its own to fill it through until it is in use. */
export async function beginRebuild(
  client: Client,
  options: RebuildOptions,
  logger: Logger,
): Promise<Rebuild> {
  const { alias, refreshInterval } = options;
  const index = newIndexName(alias);
  const filling = `${index}-filling`;
  const intoNew = { ...options.bulk, alias: filling };
  /** The writes of an old index up to this position are in the new one. */
  const copied = new Map<string, number>();
  let checkpoint: string | undefined;
  for (const old of await translateErrors(() => indexesInUse(client, alias))) {
    copied.set(old.index, await translateErrors(() => lastPosition(client, old.index)));
    checkpoint = await translateErrors(() => readCheckpoint(client, old.index));
  }
  const inUseAtStart = new Set(copied.keys());
  const settings = { ...options, refreshInterval: '-1', checkpoint };
  await translateErrors(() => createIndex(client, index, filling, settings));
  logger.info({ index }, 'search: rebuilding the index');
  let activeAt = Date.now();
  /** Indexes that are no longer in use. Their last writes may not have been copied yet. */
  const replaced = new Set<string>();
  /** Whether the new index holds everything once the last writes of the replaced ones have been copied. */
  let complete = false;

  /** Copies before the switch what was inserted meanwhile: little is then missing until the last copy. */
  async function switchOver(): Promise<void> {
    const olds = (await indexesInUse(client, alias)).filter((old) => old.index !== index);
    for (const old of olds)
      copied.set(old.index, await copySince(client, old.index, copied.get(old.index), intoNew));
    await client.indices.putSettings({ index, settings: { refresh_interval: refreshInterval } });
    await client.indices.refresh({ index });
    await recordActivity(client, index);
    await client.indices.updateAliases({
      actions: [
        ...olds.flatMap((old) => [
          { remove: { index: old.index, alias, must_exist: false } },
          { remove: { index: old.index, alias: completeAlias(alias), must_exist: false } },
        ]),
        { remove: { index, alias: filling, must_exist: false } },
        { add: { index, alias, is_write_index: true } },
      ],
    });
    for (const old of olds) replaced.add(old.index);
    // An index that was created after the start replaces a lost one, and lacks its meows until it has been
    // filled.
    if (olds.length > 0) complete = olds.every((old) => old.complete || inUseAtStart.has(old.index));
  }

  async function retire(old: string): Promise<void> {
    // Resolves when the inserts in flight have ended; later ones are refused.
    await client.indices.addBlock({ index: old, block: 'write' });
    await copySince(client, old, copied.get(old), { ...intoNew, alias, refresh: true });
    await client.indices.delete({ index: old });
  }

  return {
    async insertMeows(meows) {
      if (Date.now() - activeAt > ACTIVITY_EVERY_MS) {
        activeAt = Date.now();
        await translateErrors(() => recordActivity(client, index));
      }
      return indexInBulk(client, meows, intoNew);
    },
    async swap(beforeComplete) {
      await translateErrors(switchOver);
      for (const old of replaced) {
        const copiedAll = await unlessMissing(() => retire(old));
        complete &&= copiedAll;
        replaced.delete(old);
      }
      await beforeComplete?.();
      // Another rebuild may have replaced this index.
      complete &&= await unlessMissing(() => recordCompleteness(client, alias, index, true));
      logger.info({ index, complete }, 'search: the rebuilt index is in use');
    },
    async abandon() {
      await translateErrors(() => client.indices.delete({ index }, { ignore: [404] }));
    },
  };
}

/** Does the work; resolves to false if its index is missing. */
async function unlessMissing(work: () => Promise<void>): Promise<boolean> {
  try {
    await translateErrors(work);
    return true;
  } catch (error) {
    if (error instanceof IndexMissingError) return false;
    throw error;
  }
}

/**
 * Deletes indexes that are not in use and on which no rebuild is working. A replaced index keeps the time
 * when it was filled; the index in use has the time when it replaced it.
 */
export async function deleteLeftovers(
  client: Client,
  options: { alias: string; leftoverAfterMs: number; timeoutMs: number },
  logger: Logger,
): Promise<void> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  const indexes = Object.entries(await client.indices.get({ index: `${options.alias}-*` }, { signal }));
  const isInUse = (state: estypes.IndicesIndexState) => state.aliases?.[options.alias] !== undefined;
  const sinceSwitchMs = Math.min(
    ...indexes.flatMap(([, state]) => (isInUse(state) ? [inactiveForMs(state)] : [])),
  );
  for (const [index, state] of indexes) {
    if (isInUse(state) || !isIndexOf(options.alias, index)) continue;
    if (Math.min(inactiveForMs(state), sinceSwitchMs) < options.leftoverAfterMs) continue;
    logger.warn({ index }, 'search: deleting an index that an interrupted rebuild has left');
    await client.indices.delete({ index }, { ignore: [404] });
  }
}
