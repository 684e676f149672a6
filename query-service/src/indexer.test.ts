import {
  createdEvent,
  deletedEvent,
  meowDeleted,
  publishMeowsCreated,
} from '@meower/shared/event/meow-events.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { Broker, Consumer, Delivery } from '@meower/shared/message/capabilities.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
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
let indexed: string[];
let deleted: string[];
let missing: number;

beforeEach(() => {
  broker = createInProcessBroker({ logger });
  indexed = [];
  deleted = [];
  missing = 0;
});
afterEach(() => broker.close());

/** Indexes everything except what `fault` returns another outcome for, or throws at. */
const start = (fault: (meow: Meow) => IndexOutcome | undefined) =>
  startIndexer({
    broker,
    logger,
    onIndexMissing: () => missing++,
    removeIfDeleted: async () => {},
    search: {
      async insertMeows(meows) {
        return meows.map((meow) => {
          const outcome = fault(meow) ?? { status: 'indexed' };
          if (outcome.status === 'indexed') indexed.push(meow.body);
          return outcome;
        });
      },
      async deleteMeows(ids) {
        deleted.push(...ids);
      },
    },
  });
const publish = (...bodies: string[]) =>
  publishMeowsCreated(
    broker,
    bodies.map((body) => ({ ...newMeowId(), body })),
  );

test('indexes what was created before it started, and after', async () => {
  await publish('before');
  await start(() => undefined);
  await publish('after');
  await vi.waitFor(() => expect(indexed).toEqual(['before', 'after']));
});

test('a meow that the engine is too busy for is redelivered, others of the batch are not', async () => {
  let busy = 2;
  await start(({ body }) => (body === 'b' && busy-- > 0 ? { status: 'busy', reason: '429' } : undefined));
  await publish('a', 'b', 'c');
  await vi.waitFor(() => expect(indexed).toEqual(['a', 'c', 'b']));
});

test('a refused meow becomes a dead letter with the reason, and others are indexed', async () => {
  await start(({ body }) =>
    body === 'b' ? { status: 'refused', reason: 'mapper_parsing_exception' } : undefined,
  );
  await publish('a', 'b', 'c');
  await vi.waitFor(async () => expect(await broker.deadLetters.count()).toBe(1));
  expect((await broker.deadLetters.list())[0]?.reason).toContain('mapper_parsing_exception');
  expect(indexed).toEqual(['a', 'c']);
});

test('nothing is lost while the engine is unavailable', async () => {
  let attempts = 0;
  await start(() => {
    if (++attempts <= 2) throw new SearchUnavailableError('no connection');
    return undefined;
  });
  await publish('a');
  await vi.waitFor(() => expect(indexed).toEqual(['a']), 10_000);
});

test('a missing index is reported, and the events are redelivered', async () => {
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

test('a batch that is refused as a whole is sent one by one', async () => {
  await start(({ body }) => {
    if (body === 'b') throw new Error('illegal_argument_exception');
    return undefined;
  });
  await publish('a', 'b', 'c');
  await vi.waitFor(async () => expect(await broker.deadLetters.count()).toBe(1));
  expect((await broker.deadLetters.list())[0]?.reason).toContain('illegal_argument_exception');
  expect(new Set(indexed)).toEqual(new Set(['a', 'c']));
});

test('it makes few attempts while the engine is unavailable, and can be stopped during a pause', async () => {
  let attempts = 0;
  const indexer = await start(() => {
    attempts++;
    throw new SearchUnavailableError('no connection');
  });
  for (let i = 0; i < 50; i++) await publish(String(i));
  await vi.waitFor(() => expect(attempts).toBeGreaterThan(0));
  await indexer.close();
  // Without a pause every event would be an attempt of its own.
  expect(attempts).toBeLessThan(10);
});

test('two batches that find the engine unavailable share one pause', async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0); // the whole delay
  try {
    const consumed = Promise.withResolvers<Parameters<Consumer['consume']>[2]>();
    await startIndexer({
      broker: {
        async consume(_topics, _group, handler) {
          consumed.resolve(handler);
          return { close: async () => {} };
        },
      },
      logger,
      onIndexMissing: () => {},
      removeIfDeleted: async () => {},
      search: {
        insertMeows: () => Promise.reject(new SearchUnavailableError('no connection')),
        deleteMeows: () => Promise.reject(new SearchUnavailableError('no connection')),
      },
    });
    const handle = await consumed.promise;
    const delivery = sampleDelivery();
    let failed = 0;
    const attempt = () => handle([delivery], new AbortController().signal).catch(() => failed++);
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

/** Its settling is not looked at. */
function sampleDelivery(): Delivery {
  const meow = { ...newMeowId(), body: 'meow' };
  return {
    ...createdEvent(meow, {}),
    position: '1',
    publishedAt: new Date(),
    attempt: 1,
    ack: () => undefined,
    nack: () => undefined,
    reject: async () => true,
  };
}

test('removes deleted meows from the index', async () => {
  await publish('a');
  await broker.publish(meowDeleted.name, [deletedEvent('gone', {})]);
  await start(() => undefined);
  await vi.waitFor(() => expect(deleted).toEqual(['gone']));
  expect(indexed).toEqual(['a']);
});
