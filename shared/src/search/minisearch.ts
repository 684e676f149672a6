import { forEachYielding } from '../async/yield-to-event-loop.ts';
import type { Meow } from '../schema/meow.ts';
import { MeowIndex } from './minisearch/meow-index.ts';
import { checkDepth, type IndexOutcome, type Rebuild, type SearchRepository } from './search-repository.ts';

/** The index in memory, for one process: it begins empty, so it is rebuilt at every start. Never unavailable. */
export function createMiniSearchRepository(): SearchRepository {
  let index = new MeowIndex();
  /** Indexes being filled by a `rebuild`: what is inserted meanwhile goes there as well. */
  const filling = new Set<MeowIndex>();
  let complete = false;

  const insert = (meow: Meow) => {
    index.put(meow);
    for (const next of filling) next.put(meow);
  };

  return {
    ping: async () => {},
    prepare: async () => ({ complete }),
    markComplete: async () => {
      complete = true;
    },
    insertMeow: async (meow) => insert(meow),
    insertMeows: (meows) => forEachYielding(meows, insert).then(() => meows.map(indexed)),
    async searchMeows(query, skip, take) {
      checkDepth(skip, take);
      return index.search(query, skip, take);
    },
    findIds: async (ids) => new Set(ids.filter((id) => index.has(id))),
    count: async () => index.size,
    refresh: async () => {},
    async rebuild(): Promise<Rebuild> {
      const next = new MeowIndex();
      filling.add(next);
      return {
        insertMeows: (meows) =>
          forEachYielding(meows, (meow) => next.put(meow)).then(() => meows.map(indexed)),
        swap: async () => {
          if (!filling.delete(next)) return;
          index = next;
          complete = true;
        },
        abandon: async () => {
          filling.delete(next);
        },
      };
    },
    close: async () => {},
  };
}

const indexed = (): IndexOutcome => ({ status: 'indexed' });
