import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import {
  deletedEvent,
  meowCreatedLate,
  meowDeleted,
  publishMeowsCreated,
} from '@meower/shared/event/meow-events.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { Broker } from '@meower/shared/message/capabilities.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { createInMemorySearchRepository } from '@meower/shared/search/in-memory.ts';
import { type SearchRepository, SearchUnavailableError } from '@meower/shared/search/search-repository.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { insertUndeleted, removeDeleted } from './deleted-meows.ts';
import { createIndexKeeper } from './index-keeper.ts';
import { rebuildIndex } from './rebuild-index.ts';
import { createQueryService } from './service.ts';

const newMeowId = createIdGenerator();
const { signal } = new AbortController();
const nothing = () => undefined;
const logger = createLogger('test', 'silent');
let repository: MeowRepository;
let search: SearchRepository;
let gone: Meow;
let stays: Meow;

beforeAll(async () => {
  repository = await createPgliteRepository();
  await repository.migrate();
});
beforeEach(async () => {
  search = createInMemorySearchRepository();
  [gone, stays] = [
    { ...newMeowId(), body: 'gone' },
    { ...newMeowId(), body: 'stays' },
  ];
  await repository.insertMeows([gone, stays].map((meow) => ({ meow, headers: {} })));
});
afterAll(() => repository.close());

const indexed = () => search.findIds([gone.id, stays.id]);

test('a meow that was deleted before it is indexed does not come back', async () => {
  await repository.deleteMeows([gone.id]);
  await insertUndeleted({ repository, search })([gone, stays]);
  expect(await indexed()).toEqual(new Set([stays.id]));
});

test('a meow that is deleted while it is being indexed does not come back', async () => {
  const slow = {
    ...search,
    async insertMeows(meows: readonly Meow[]) {
      // The whole deletion, its event included, happens before the engine has stored the meow.
      await repository.deleteMeows([gone.id]);
      await search.deleteMeows([gone.id]);
      return search.insertMeows(meows);
    },
  };
  await insertUndeleted({ repository, search: slow })([gone, stays]);
  expect(await indexed()).toEqual(new Set([stays.id]));
});

test('is tried again later when the database cannot be asked what is deleted', async () => {
  const unavailable = { findDeleted: () => Promise.reject(new Error('no database')) };
  await expect(insertUndeleted({ repository: unavailable, search })([gone])).rejects.toThrow(
    SearchUnavailableError,
  );
});

test('a rebuild does not bring back a meow that is deleted after it was copied', async () => {
  await search.insertMeows([gone, stays]);
  let deleted = false;
  await rebuildIndex({
    repository,
    search: {
      ...search,
      async rebuild() {
        const rebuild = await search.rebuild();
        return {
          ...rebuild,
          async swap(beforeComplete) {
            // Its event reaches the old index, and the last copy takes the meow over all the same.
            await repository.deleteMeows([gone.id]);
            await search.deleteMeows([gone.id]);
            deleted = true;
            await rebuild.insertMeows([gone]);
            await rebuild.swap(beforeComplete);
          },
        };
      },
    },
    signal,
    onProgress: nothing,
    onRefused: nothing,
    onBusy: nothing,
  });
  expect(deleted).toBe(true);
  expect(await indexed()).toEqual(new Set([stays.id]));
});

test('an index that is filled does not take in a meow that is deleted meanwhile', async () => {
  const listed = {
    ...repository,
    async listMeowsAfter(id: string, take: number) {
      const meows = await repository.listMeowsAfter(id, take);
      await repository.deleteMeows([gone.id]);
      return meows;
    },
  };
  const keeper = createIndexKeeper({ repository: listed, broker: createInProcessBroker(), search, logger });
  const stop = new AbortController();
  const keeping = keeper.keep(stop.signal);
  await vi.waitFor(async () => expect((await search.prepare()).complete).toBe(true));
  stop.abort();
  await keeping.catch((error: unknown) => expect(error).toBe(stop.signal.reason));
  expect(await indexed()).toEqual(new Set([stays.id]));
});

test('everything that was ever deleted can be removed from an index', async () => {
  await search.insertMeows([gone, stays]);
  await repository.deleteMeows([gone.id]);
  await removeDeleted(repository, search, signal);
  expect(await indexed()).toEqual(new Set([stays.id]));
});

test('a rebuild that fails before it has removed deleted meows leaves the index incomplete', async () => {
  const rebuilding = rebuildIndex({
    repository: { ...repository, listDeletedAfter: () => Promise.reject(new Error('killed')) },
    search,
    signal,
    onProgress: nothing,
    onRefused: nothing,
    onBusy: nothing,
  });
  await expect(rebuilding).rejects.toThrow('killed');
  expect((await search.prepare()).complete).toBe(false);
});

test('an index that was put in use with a deleted meow loses it when it is filled', async () => {
  await search.insertMeows([gone, stays]);
  await repository.deleteMeows([gone.id]);
  const keeper = createIndexKeeper({ repository, broker: createInProcessBroker(), search, logger });
  const stop = new AbortController();
  const keeping = keeper.keep(stop.signal);
  await vi.waitFor(async () => expect((await search.prepare()).complete).toBe(true));
  stop.abort();
  await keeping.catch((error: unknown) => expect(error).toBe(stop.signal.reason));
  expect(await indexed()).toEqual(new Set([stays.id]));
});

describe('events of a meow that come after its deletion', () => {
  const logger = createLogger('test', 'silent');
  let opened: AsyncDisposableStack;
  let broker: Broker;

  beforeEach(() => {
    opened = new AsyncDisposableStack();
    broker = createInProcessBroker({ logger });
    opened.defer(() => broker.close());
  });
  afterEach(() => opened.disposeAsync());

  const start = (replaced: Partial<SearchRepository> = {}) => {
    const service = createQueryService({ repository, broker, search: { ...search, ...replaced }, logger });
    opened.defer(() => service.close());
  };
  /** An engine that refuses the meow, after `meanwhile`. */
  const refusingGone = (meanwhile: () => Promise<unknown>): Pick<SearchRepository, 'insertMeows'> => ({
    async insertMeows(meows) {
      const outcomes = await search.insertMeows(meows.filter(({ id }) => id !== gone.id));
      if (!meows.some(({ id }) => id === gone.id)) return outcomes;
      await meanwhile();
      return meows.map(({ id }) =>
        id === gone.id ? { status: 'refused', reason: 'no' } : { status: 'indexed' },
      );
    },
  });
  const reported = async () => {
    const events = await broker.read([meowCreatedLate.name], undefined, 10);
    return events.flatMap((event) => meowCreatedLate.read(event).ids);
  };
  const isReported = () =>
    vi.waitFor(async () => {
      expect(await indexed()).toEqual(new Set([stays.id]));
      expect(await reported()).toContain(gone.id);
      expect(await reported()).not.toContain(stays.id);
    }, 10_000);

  test('are reported, and not indexed', async () => {
    await repository.deleteMeows([gone.id]);
    await broker.publish(meowDeleted.name, [deletedEvent(gone.id, {})]);
    await publishMeowsCreated(broker, [gone, stays]);
    start();
    await isReported();
  });

  test('are reported when a dead letter is retried', async () => {
    let refuses = true;
    const refusing = refusingGone(async () => undefined);
    start({ insertMeows: (meows) => (refuses ? refusing : search).insertMeows(meows) });
    await publishMeowsCreated(broker, [gone, stays]);
    await vi.waitFor(async () => expect(await broker.deadLetters.count()).toBe(1));
    await repository.deleteMeows([gone.id]);
    refuses = false;
    const [letter] = await broker.deadLetters.list();
    await broker.deadLetters.retry(letter?.position ?? '');
    await isReported();
  });

  test('are reported when the meow is deleted while the engine refuses it', async () => {
    start(refusingGone(() => repository.deleteMeows([gone.id])));
    await publishMeowsCreated(broker, [gone, stays]);
    await isReported();
  });
});
