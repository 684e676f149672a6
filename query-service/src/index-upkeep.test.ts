import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import type { Meow } from '@meower/shared/schema/meow.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import { createMiniSearchRepository } from '@meower/shared/search/minisearch.ts';
import { type SearchRepository, SearchUnavailableError } from '@meower/shared/search/search-repository.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { findDrift } from './drift.ts';
import { createIndexKeeper } from './index-keeper.ts';
import { rebuildIndex } from './rebuild-index.ts';

const logger = createLogger('test', 'silent');
const newMeowId = createIdGenerator();
const { signal } = new AbortController();
const nothing = () => undefined;
let repository: MeowRepository;
let search: SearchRepository;
let meows: Meow[];

const post = async (count: number): Promise<Meow[]> => {
  const posted = Array.from({ length: count }, () => ({ ...newMeowId(), body: 'meow' }));
  await repository.insertMeows(posted.map((meow) => ({ meow, headers: {} })));
  return posted;
};
const missing = async (): Promise<string[]> => {
  const ids: string[] = [];
  await findDrift({
    repository,
    search,
    signal,
    onProgress: nothing,
    onMissing: async (found) => void ids.push(...found.map(({ id }) => id)),
  });
  return ids;
};

let first = '';
beforeAll(async () => {
  repository = await createPgliteRepository();
  await repository.migrate();
  meows = await post(2500);
  first = meows[0]?.id ?? '';
});
beforeEach(() => {
  search = createMiniSearchRepository();
});
afterAll(() => repository.close());

describe('the keeper', () => {
  const keep = (kept: SearchRepository) => {
    const keeper = createIndexKeeper({ repository, search: kept, logger });
    const stop = new AbortController();
    const keeping = keeper.keep(stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    return {
      keeper,
      async end() {
        stop.abort();
        await keeping;
      },
    };
  };

  test('fills an index that is not complete from the database', async () => {
    const { keeper, end } = keep(search);
    expect(keeper.isComplete()).toBe(false);
    await vi.waitFor(() => expect(keeper.isComplete()).toBe(true));
    expect(await missing()).toEqual([]);
    expect(await search.prepare()).toEqual({ complete: true });
    await end();
  });

  test('begins again when the engine went away half-way', async () => {
    let calls = 0;
    const flaky: SearchRepository = {
      ...search,
      insertMeows: (page) =>
        ++calls === 2 ? Promise.reject(new SearchUnavailableError('gone')) : search.insertMeows(page),
    };
    const { keeper, end } = keep(flaky);
    await vi.waitFor(() => expect(keeper.isComplete()).toBe(true), 10_000);
    expect(await missing()).toEqual([]);
    await end();
  });

  test('ends when it is told to while the last step of filling runs', async () => {
    const completed = Promise.withResolvers<void>();
    const completing = vi.fn(() => completed.promise);
    const { end } = keep({ ...search, markComplete: completing });
    await vi.waitFor(() => expect(completing).toHaveBeenCalled());
    const ended = end();
    completed.resolve();
    await ended;
  });

  test('fills an index that was emptied although it is marked as complete', async () => {
    await search.markComplete();
    const { keeper, end } = keep(search);
    await vi.waitFor(() => expect(keeper.isComplete()).toBe(true));
    expect(await missing()).toEqual([]);
    await end();
  });

  test('fills it again when it has gone missing', async () => {
    const { keeper, end } = keep({ ...search, prepare: async () => ({ complete: false }) });
    await vi.waitFor(() => expect(keeper.isComplete()).toBe(true));
    const rebuild = await search.rebuild();
    await rebuild.swap();
    expect(await missing()).toHaveLength(meows.length);
    keeper.onIndexMissing();
    expect(keeper.isComplete()).toBe(false);
    await vi.waitFor(() => expect(keeper.isComplete()).toBe(true));
    expect(await missing()).toEqual([]);
    await end();
  });
});

describe('a rebuild', () => {
  test('holds every meow, also those posted while it ran that only the old index was told of', async () => {
    const old = search;
    let posted: Meow[] = [];
    await rebuildIndex({
      repository,
      signal,
      onProgress: nothing,
      onRefused: nothing,
      search: {
        insertMeows: (page) => old.insertMeows(page),
        async rebuild() {
          const rebuild = await old.rebuild();
          return {
            ...rebuild,
            async swap() {
              posted = await post(3);
              await rebuild.swap();
            },
          };
        },
      },
    });
    expect(posted).toHaveLength(3);
    expect(await missing()).toEqual([]);
  });

  test('that is interrupted leaves the old index as it was', async () => {
    await search.insertMeow(meows[0] as Meow);
    const stop = new AbortController();
    const rebuilding = rebuildIndex({
      repository,
      search,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('interrupted')),
      onRefused: nothing,
    });
    await expect(rebuilding).rejects.toThrow('interrupted');
    expect(await search.count()).toBe(1);
  });
});

describe('drift', () => {
  test('names what the index lacks, and counts what the database lacks', async () => {
    const all = await repository.listMeowsAfter('', 10_000);
    await search.insertMeows(all.slice(1));
    await search.insertMeow({ ...(all[0] as Meow), ...newMeowId() });
    expect(await missing()).toEqual([first]);
    const drift = await findDrift({
      repository,
      search,
      signal,
      onProgress: nothing,
      onMissing: async () => {},
    });
    expect(drift).toEqual({ compared: all.length, missing: 1, surplus: 1 });
  });
});
