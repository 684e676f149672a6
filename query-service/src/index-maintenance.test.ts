import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { BrokerUnavailableError, type LossDetector } from '@meower/shared/message/capabilities.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { createInMemorySearchRepository } from '@meower/shared/search/in-memory.ts';
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
    onSurplus: async () => {},
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
  search = createInMemorySearchRepository();
});
afterAll(() => repository.close());

describe('the index keeper', () => {
  /** What the broker reports of lost events. */
  let detectLoss: LossDetector['detectLoss'];
  beforeEach(() => {
    detectLoss = async () => ({ lost: false, checkpoint: '1' });
  });

  const keep = (kept: SearchRepository) => {
    const broker: LossDetector = { detectLoss: (...args) => detectLoss(...args) };
    const keeper = createIndexKeeper({ repository, broker, search: kept, logger });
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
  const untilComplete = () =>
    vi.waitFor(async () => expect((await search.prepare()).complete).toBe(true), 10_000);

  test('fills an incomplete index from the database', async () => {
    const { end } = keep(search);
    await untilComplete();
    expect(await missing()).toEqual([]);
    await end();
  });

  test('begins again when the engine becomes unavailable half-way', async () => {
    let calls = 0;
    const flaky: SearchRepository = {
      ...search,
      insertMeows: (page) =>
        ++calls === 2 ? Promise.reject(new SearchUnavailableError('gone')) : search.insertMeows(page),
    };
    const { end } = keep(flaky);
    await untilComplete();
    expect(await missing()).toEqual([]);
    await end();
  });

  test('stops filling when another process has completed the index', async () => {
    let calls = 0;
    const { end } = keep({
      ...search,
      async insertMeows(page) {
        calls++;
        await (await search.prepare()).setComplete(true);
        return search.insertMeows(page);
      },
    });
    await untilComplete();
    await end();
    expect(calls).toBe(1);
  });

  test('ends when it is stopped during the last step of filling', async () => {
    const completed = Promise.withResolvers<void>();
    const setComplete = vi.fn(() => completed.promise);
    const { end } = keep({
      ...search,
      prepare: async () => ({ ...(await search.prepare()), complete: false, setComplete }),
    });
    await vi.waitFor(() => expect(setComplete).toHaveBeenCalledWith(true));
    const ended = end();
    completed.resolve();
    await ended;
  });

  test('fills an index that was emptied although it is recorded as complete', async () => {
    await (await search.prepare()).setComplete(true);
    const { end } = keep(search);
    await vi.waitFor(async () => expect(await missing()).toEqual([]), 20_000);
    await untilComplete();
    await end();
  });

  test('fills an index that becomes incomplete, as soon as that is reported', async () => {
    const { keeper, end } = keep(search);
    await untilComplete();
    await (await search.rebuild()).swap();
    await (await search.prepare()).setComplete(false);
    keeper.recheck();
    await untilComplete();
    expect(await missing()).toEqual([]);
    await end();
  });

  test('finds an incomplete index that is not reported', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const prepare = vi.fn(search.prepare);
      const { end } = keep({ ...search, prepare });
      await untilComplete();
      await (await search.rebuild()).swap();
      await (await search.prepare()).setComplete(false);
      await vi.advanceTimersByTimeAsync(5_000);
      await untilComplete();
      expect(await missing()).toEqual([]);
      await end();
    } finally {
      vi.useRealTimers();
    }
  });

  test('fills the index again when the broker has dropped events, and remembers up to where it is fed', async () => {
    const { keeper, end } = keep(search);
    await untilComplete();
    await vi.waitFor(async () => expect((await search.prepare()).checkpoint).toBe('1'));
    await search.deleteMeows([first]);
    detectLoss = async (_topics, _group, since) => ({ lost: since === '1', checkpoint: '2' });
    keeper.recheck();
    await vi.waitFor(async () => expect(await missing()).toEqual([]));
    await untilComplete();
    expect((await search.prepare()).checkpoint).toBe('2');
    await end();
  });

  test('does not call an index complete when events were dropped while it was filled', async () => {
    let position = 0;
    let rounds = 0;
    detectLoss = async (_topics, _group, since) => {
      return { lost: since !== undefined && since !== String(position), checkpoint: String(position) };
    };
    const { keeper, end } = keep({
      ...search,
      async insertMeows(page) {
        if (++rounds === 2) position = 1;
        return search.insertMeows(page);
      },
    });
    await vi.waitFor(() => expect(rounds).toBe(3), 10_000);
    await vi.waitFor(() => {
      keeper.recheck();
      expect(rounds).toBe(6);
    }, 10_000);
    await untilComplete();
    await end();
  });

  test('fills the index without a broker', async () => {
    detectLoss = () => Promise.reject(new BrokerUnavailableError('gone'));
    const { end } = keep(search);
    await untilComplete();
    expect(await missing()).toEqual([]);
    await end();
  });

  test('fills an index that was emptied while it ran', async () => {
    const { keeper, end } = keep(search);
    await untilComplete();
    for (let round = 0; round < 2; round++) {
      await search.deleteMeows((await repository.listMeowsAfter('', 10_000)).map(({ id }) => id));
      keeper.recheck();
      await vi.waitFor(async () => expect(await missing()).toEqual([]), 10_000);
      await untilComplete();
    }
    await end();
  });
});

describe('a rebuild', () => {
  test('holds every meow, also one that was stored and indexed after everything had been copied', async () => {
    await rebuildIndex({
      repository,
      signal,
      onProgress: nothing,
      onRefused: nothing,
      onBusy: nothing,
      search: {
        deleteMeows: search.deleteMeows,
        async rebuild() {
          const rebuild = await search.rebuild();
          return {
            ...rebuild,
            async swap() {
              await search.insertMeows(await post(3));
              await rebuild.swap();
            },
          };
        },
      },
    });
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
      onBusy: nothing,
    });
    await expect(rebuilding).rejects.toThrow('interrupted');
    expect(await search.count()).toBe(1);
  });
});

describe('drift', () => {
  test('finds the meows missing in the index, and those missing in the database', async () => {
    const all = await repository.listMeowsAfter('', 10_000);
    const surplus = { ...(all[0] as Meow), ...newMeowId() };
    await search.insertMeows([...all.slice(1), surplus]);
    const onSurplus = vi.fn(async () => {});
    expect(await missing()).toEqual([first]);
    const drift = await findDrift({
      repository,
      search,
      signal,
      onProgress: nothing,
      onMissing: async () => {},
      onSurplus,
    });
    expect(drift).toEqual({ compared: all.length, missing: 1, surplus: 1 });
    expect(onSurplus.mock.calls).toEqual([[[surplus.id]]]);
  });
});
