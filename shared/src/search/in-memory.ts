import { setImmediate } from 'node:timers/promises';
import { forEachYielding } from '../async/yield-to-event-loop.ts';
import type { Meow } from '../meow/meow.ts';
import { MeowIndex } from './in-memory/meow-index.ts';
import {
  checkDepth,
  IndexMissingError,
  type IndexOutcome,
  type Rebuild,
  type SearchRepository,
  type SearchResult,
} from './search-repository.ts';

interface IndexInUse {
  index: MeowIndex;
  complete: boolean;
  checkpoint?: string;
}

/**
 * An index in memory, for one process. It is empty after every start and has to be filled. It is never
 * unavailable.
 */
export function createInMemorySearchRepository(): SearchRepository {
  let inUse: IndexInUse = { index: new MeowIndex(), complete: false };
  /** Indexes that a `rebuild` is filling. Meows inserted meanwhile are added to them too. */
  const filling = new Set<MeowIndex>();

  const insert = (meow: Meow) => {
    inUse.index.put(meow);
    for (const next of filling) next.put(meow);
  };
  const search = async (query: string, skip: number, take: number): Promise<SearchResult> => {
    checkDepth(skip, take);
    // Searches that follow one another would otherwise be one long task.
    await setImmediate();
    return { meows: inUse.index.search(query, skip, take), complete: inUse.complete };
  };

  return {
    ping: async () => {},
    async prepare() {
      const prepared = inUse;
      return {
        complete: prepared.complete,
        async setComplete(complete) {
          if (prepared !== inUse) throw new IndexMissingError('another index is in use');
          prepared.complete = complete;
        },
        checkpoint: prepared.checkpoint,
        async setCheckpoint(checkpoint) {
          prepared.checkpoint = checkpoint;
        },
      };
    },
    insertMeow: async (meow) => insert(meow),
    insertMeows: (meows) => forEachYielding(meows, insert).then(() => meows.map(indexed)),
    async deleteMeows(ids) {
      for (const index of [inUse.index, ...filling]) for (const id of ids) index.delete(id);
    },
    searchMeows: async (query, skip, take) => (await search(query, skip, take)).meows,
    searchWithCompleteness: search,
    findIds: async (ids) => new Set(ids.filter((id) => inUse.index.has(id))),
    listIdsAfter: async (id, take) => inUse.index.idsAfter(id).slice(0, take),
    count: async () => inUse.index.size,
    refresh: async () => {},
    async rebuild(): Promise<Rebuild> {
      const next = new MeowIndex();
      filling.add(next);
      return {
        insertMeows: (meows) =>
          forEachYielding(meows, (meow) => next.put(meow)).then(() => meows.map(indexed)),
        async swap(beforeComplete) {
          if (filling.delete(next)) inUse = { ...inUse, index: next, complete: false };
          const swapped = inUse;
          await beforeComplete?.();
          swapped.complete = true;
        },
        async abandon() {
          filling.delete(next);
        },
      };
    },
    deleteLeftovers: async () => {},
    close: async () => {},
  };
}

const indexed = (): IndexOutcome => ({ status: 'indexed' });
