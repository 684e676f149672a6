import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import { publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import type { Broker } from '@meower/shared/message/broker.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import type { Meow } from '@meower/shared/schema/meow.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import {
  IndexMissingError,
  type IndexOutcome,
  SearchUnavailableError,
} from '@meower/shared/search/search-repository.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startIndexer } from './indexer.ts';

const logger = createLogger('test', 'silent');
const newMeowId = createIdGenerator();
let broker: Broker;
let events: EventStore;
let indexed: string[];
let missing: number;

beforeEach(() => {
  broker = createInProcessBroker({ logger });
  events = createEventStore(broker, logger);
  indexed = [];
  missing = 0;
});
afterEach(() => events.close());

/** Indexes everything, unless `trouble` says otherwise of a meow. */
const start = (trouble: (meow: Meow) => IndexOutcome | undefined) =>
  startIndexer({
    events,
    logger,
    onIndexMissing: () => missing++,
    search: {
      async insertMeows(meows) {
        return meows.map((meow) => {
          const outcome = trouble(meow) ?? { status: 'indexed' };
          if (outcome.status === 'indexed') indexed.push(meow.body);
          return outcome;
        });
      },
    },
  });
const publish = (...bodies: string[]) =>
  publishMeowsCreated(
    events,
    bodies.map((body) => ({ ...newMeowId(), body })),
  );

test('indexes what was created before it came, and after', async () => {
  await publish('before');
  await start(() => undefined);
  await publish('after');
  await vi.waitFor(() => expect(indexed).toEqual(['before', 'after']));
});

test('one that the engine is too busy for comes again, its neighbours do not', async () => {
  let busy = 2;
  await start(({ body }) => (body === 'b' && busy-- > 0 ? { status: 'busy', reason: '429' } : undefined));
  await publish('a', 'b', 'c');
  await vi.waitFor(() => expect(indexed).toEqual(['a', 'c', 'b']));
});

test('one that is refused for good becomes a dead letter with the reason, and holds up nobody', async () => {
  await start(({ body }) =>
    body === 'b' ? { status: 'refused', reason: 'mapper_parsing_exception' } : undefined,
  );
  await publish('a', 'b', 'c');
  await vi.waitFor(async () => expect(await broker.deadLetters.count()).toBe(1));
  expect((await broker.deadLetters.list())[0]?.reason).toContain('mapper_parsing_exception');
  expect(indexed).toEqual(['a', 'c']);
});

test('while the engine is away nothing is lost', async () => {
  let attempts = 0;
  await start(() => {
    if (++attempts <= 2) throw new SearchUnavailableError('no connection');
    return undefined;
  });
  await publish('a');
  await vi.waitFor(() => expect(indexed).toEqual(['a']), 10_000);
});

test('an index that has gone is reported, and the events come again', async () => {
  let gone = true;
  await start(() => {
    if (!gone) return undefined;
    gone = false;
    throw new IndexMissingError('index_not_found_exception');
  });
  await publish('a');
  await vi.waitFor(() => expect(indexed).toEqual(['a']), 10_000);
  expect(missing).toBe(1);
});

test('a batch that is refused as a whole is tried one by one', async () => {
  await start(({ body }) => {
    if (body === 'b') throw new Error('illegal_argument_exception');
    return undefined;
  });
  await publish('a', 'b', 'c');
  await vi.waitFor(async () => expect(await broker.deadLetters.count()).toBe(1));
  expect((await broker.deadLetters.list())[0]?.reason).toContain('illegal_argument_exception');
  expect(new Set(indexed)).toEqual(new Set(['a', 'c']));
});

test('while the engine is away it does not ask on and on, and can be stopped at once', async () => {
  let asked = 0;
  const indexer = await start(() => {
    asked++;
    throw new SearchUnavailableError('no connection');
  });
  for (let i = 0; i < 50; i++) await publish(String(i));
  await vi.waitFor(() => expect(asked).toBeGreaterThan(0));
  await indexer.close();
  // One meow was asked for in each attempt; without a pause every event would have been an attempt of its own.
  expect(asked).toBeLessThan(10);
});

test('two batches that meet an engine that is away pause together', async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0); // the whole delay
  try {
    const consumed = Promise.withResolvers<Parameters<EventStore['consumeMeowCreated']>[1]>();
    await startIndexer({
      events: {
        async consumeMeowCreated(_group, handler) {
          consumed.resolve(handler);
          return { close: async () => {} };
        },
      },
      logger,
      onIndexMissing: () => {},
      search: { insertMeows: () => Promise.reject(new SearchUnavailableError('no connection')) },
    });
    const handle = await consumed.promise;
    let failed = 0;
    const attempt = () => handle([]).catch(() => failed++);
    for (const pauseMs of [100, 200, 400]) {
      const both = Promise.all([attempt(), attempt()]);
      await vi.advanceTimersByTimeAsync(pauseMs - 1);
      expect(failed).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      await both;
      failed = 0;
    }
  } finally {
    vi.restoreAllMocks();
    vi.useRealTimers();
  }
});
