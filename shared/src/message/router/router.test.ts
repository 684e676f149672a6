import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openPglite } from '../../db/pglite.ts';
import type { SqlDatabase } from '../../db/sql.ts';
import { defineEvent } from '../../event/define-event.ts';
import { createLogger } from '../../process/logger.ts';
import { describeReal } from '../../testing/describe-real.ts';
import { natsFixture } from '../../testing/nats.ts';
import { createTestDatabase } from '../../testing/postgres.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import { type BatchHandler, type Consumer, type Delivery, RefusedError } from '../capabilities.ts';
import { createInProcessBroker } from '../in-process.ts';
import { emptySqlBroker } from '../sql/testing/empty-sql-broker.ts';
import { createSqlBroker } from '../sql.ts';
import { UnavailableError } from './failure.ts';
import type { HandlerOptions, Middleware } from './handler.ts';
import { routerContract } from './router.contract.ts';
import { createRouter, type RouterOptions } from './router.ts';
import { message } from './testing/samples.ts';

routerContract('an in-process broker', async () => {
  const broker = createInProcessBroker({ logger: silentLogger });
  return { broker, topics: ['topic.a', 'topic.b'], close: () => broker.close() };
});

describeReal('nats', (address) => {
  routerContract('NATS', async () => {
    const limits = { handlerTimeoutMs: 60_000, keepMessages: 10_000, keepDeadLetters: 100 };
    const { open, topics, close } = await natsFixture(address, 2, limits);
    return { broker: await open(), topics: topics as [string, string], close };
  });
});

function sqlRouterContract(
  name: string,
  openDatabase: () => Promise<{ db: SqlDatabase; drop(): Promise<void> }>,
) {
  let db: SqlDatabase;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    ({ db, drop } = await openDatabase());
  });
  afterAll(() => drop());

  routerContract(name, async () => {
    await emptySqlBroker(db);
    const broker = createSqlBroker(db, { logger: silentLogger });
    return { broker, topics: ['topic.a', 'topic.b'], close: () => broker.close() };
  });
}

describe('in PGlite', () => {
  sqlRouterContract('PGlite', async () => {
    const db = await openPglite();
    return { db, drop: () => db.close() };
  });
});

describeReal('postgres', (url) => {
  sqlRouterContract('Postgres', () => createTestDatabase(url));
});

const soon = { interval: 5 };

function routerWithLog(options: Partial<RouterOptions> = {}) {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  return {
    router: createRouter({ logger, policy: { backoff: { firstMs: 5, longestMs: 20 } }, ...options }),
    lines,
  };
}

const handler = (consumer: Consumer, rest: Partial<HandlerOptions> = {}): HandlerOptions => ({
  name: 'handler',
  from: { consumer, topic: 'topic' },
  handle: async () => {},
  ...rest,
});

/** The test decides when batches come. `deadLetters`: whether there is room for them. */
function manualConsumer(deadLetters = true) {
  let handle: BatchHandler | undefined;
  const settled: string[] = [];
  const consumer: Consumer = {
    async consume(_topics, _group, handler) {
      handle = handler;
      return { close: async () => {} };
    },
  };
  const delivery = (id: string, key?: string): Delivery => ({
    ...message(id, key),
    topic: 'topic',
    position: id,
    publishedAt: new Date(),
    attempt: 1,
    ack: () => settled.push(`${id} acked`),
    nack: () => settled.push(`${id} nacked`),
    reject: async (reason) => {
      settled.push(`${id} rejected: ${reason}`);
      return deadLetters;
    },
  });
  const deliver = (signal: AbortSignal, ...deliveries: Delivery[]) => handle?.(deliveries, signal);
  return { consumer, settled, delivery, deliver };
}

test('two handlers with the same name are refused at the start', async () => {
  const { router } = routerWithLog();
  const broker = createInProcessBroker();
  router.add(handler(broker)).add(handler(broker));
  await expect(router.start()).rejects.toThrow('two handlers have the name handler');
});

test('a handler cannot be added after the start', async () => {
  const { router } = routerWithLog();
  await router.start();
  expect(() => router.add(handler(createInProcessBroker()))).toThrow(
    'the handler handler is added after the start',
  );
});

test('a subscription that cannot start is tried again and logged', async () => {
  const broker = createInProcessBroker();
  let attempts = 0;
  const flaky: Consumer = {
    async consume(...args) {
      if (++attempts < 3) throw new Error('no such stream');
      return broker.consume(...args);
    },
  };
  const { router, lines } = routerWithLog({ retryMs: 1 });
  let handled = 0;
  router.add(handler(flaky, { handle: async () => void handled++ }));
  await router.start();
  await broker.publish('topic', [message('1')]);
  await vi.waitFor(() => expect(handled).toBe(1), soon);
  const failures = lines.filter(({ msg }) => msg === 'could not subscribe the handler handler, trying again');
  expect(failures).toMatchObject([
    { err: { message: 'no such stream' } },
    { reason: 'no such stream', attempts: 2 },
  ]);
  await router.close();
});

test('closing ends the attempts to subscribe, and a subscription that comes too late', async () => {
  const { promise: subscribed, resolve } = Promise.withResolvers<void>();
  let closed = false;
  const slow: Consumer = {
    async consume() {
      await subscribed;
      return {
        async close() {
          closed = true;
        },
      };
    },
  };
  const failing: Consumer = { consume: () => Promise.reject(new Error('not there')) };
  const { router } = routerWithLog();
  router.add(handler(slow)).add(handler(failing, { name: 'other' }));
  const started = router.start();
  await router.close();
  await started;
  resolve();
  await vi.waitFor(() => expect(closed).toBe(true), soon);
});

test('closing twice waits twice for the same end, and logs what it waits for', async () => {
  const broker = createInProcessBroker();
  const { router, lines } = routerWithLog();
  const handling = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  router.add(
    handler(broker, {
      handle: async () => {
        handling.resolve();
        await end.promise;
      },
    }),
  );
  await router.start();
  await broker.publish('topic', [message('1')]);
  await handling.promise;
  const closing = [router.close(), router.close()];
  await vi.waitFor(() => expect(lines.at(-1)).toMatchObject({ handling: { handler: 1 } }), soon);
  end.resolve();
  await Promise.all(closing);
});

test('closing gives up after its time on a handler that does not end, and logs it', async () => {
  const broker = createInProcessBroker();
  const { router, lines } = routerWithLog({ closeTimeoutMs: 20 });
  const handling = Promise.withResolvers<void>();
  const handle = () => {
    handling.resolve();
    return new Promise<void>(() => {});
  };
  router.add(handler(broker, { handle }));
  await router.start();
  await broker.publish('topic', [message('1')]);
  await handling.promise;
  await router.close();
  expect(lines.at(-1)).toMatchObject({ level: 50, handling: { handler: 1 } });
});

test('middleware of the router is outside that of the handler, and the first of each is the outermost', async () => {
  const steps: string[] = [];
  const step =
    (name: string): Middleware =>
    (next, { name: of }) =>
    async (incoming, signal) => {
      steps.push(`${name} of ${of}`);
      return next(incoming, signal);
    };
  const broker = createInProcessBroker();
  const { router } = routerWithLog({ use: [step('1'), step('2')] });
  router.add(
    handler(broker, { use: [step('3'), step('4')], handle: async () => void steps.push('handled') }),
  );
  await router.start();
  await broker.publish('topic', [message('1')]);
  await vi.waitFor(
    () => expect(steps).toEqual(['1 of handler', '2 of handler', '3 of handler', '4 of handler', 'handled']),
    soon,
  );
  await router.close();
});

test('a handler that throws instead of rejecting has failed like any other', async () => {
  const { consumer, settled, delivery, deliver } = manualConsumer();
  const { router } = routerWithLog();
  const handle = () => {
    throw new Error('thrown');
  };
  router.add(handler(consumer, { handle, policy: { maxAttempts: 1 } }));
  await router.start();
  await deliver(new AbortController().signal, delivery('1'));
  expect(settled).toEqual(['1 rejected: thrown']);
});

test('a message that was revoked has not failed, and what waited behind it is not handled', async () => {
  const { consumer, settled, delivery, deliver } = manualConsumer();
  const { router } = routerWithLog();
  const handled: string[] = [];
  const handle: HandlerOptions['handle'] = async ({ id }, signal) => {
    handled.push(id);
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  router.add(handler(consumer, { handle, policy: { maxAttempts: 1 } }));
  await router.start();
  const taken = new AbortController();
  const batch = deliver(taken.signal, delivery('1', 'a'), delivery('2', 'a'));
  taken.abort(new Error('the partition was revoked'));
  await batch;
  expect(handled).toEqual(['1']);
  expect(settled).toEqual(['1 nacked', '2 nacked']);
});

test('what was not begun when its batch was revoked is not handled', async () => {
  const { consumer, settled, delivery, deliver } = manualConsumer();
  const { router } = routerWithLog();
  const taken = new AbortController();
  const handled: string[] = [];
  const handle: HandlerOptions['handle'] = async ({ id }) => {
    handled.push(id);
    taken.abort();
  };
  router.add(handler(consumer, { handle, policy: { concurrency: 1 } }));
  await router.start();
  await deliver(taken.signal, delivery('1'), delivery('2'));
  expect(handled).toEqual(['1']);
  expect(settled).toEqual(['1 acked', '2 nacked']);
});

test('a message that cannot become a dead letter is delivered again, and what is behind it waits', async () => {
  const { consumer, settled, delivery, deliver } = manualConsumer(false);
  const { router } = routerWithLog();
  const handled: string[] = [];
  const handle: HandlerOptions['handle'] = async ({ id }) => {
    handled.push(id);
    throw new RefusedError('bad');
  };
  router.add(handler(consumer, { handle }));
  await router.start();
  await deliver(new AbortController().signal, delivery('1', 'a'), delivery('2', 'a'));
  expect(handled).toEqual(['1']);
  expect(settled).toEqual(['1 rejected: bad', '1 nacked', '2 nacked']);
});

test('an event that its handler cannot read becomes a dead letter the first time', async () => {
  const { consumer, settled, delivery, deliver } = manualConsumer();
  const { router } = routerWithLog();
  const seen = defineEvent('cat.seen', {
    source: '/t',
    key: () => 'k',
    schema: z.object({ cat: z.string() }),
  });
  router.add(handler(consumer, { handle: async (message) => void seen.read(message) }));
  await router.start();
  await deliver(new AbortController().signal, delivery('1'));
  expect(settled).toEqual([expect.stringContaining('1 rejected: ')]);
});

test('an outage does not use up the attempts of a message', async () => {
  const { consumer, settled, delivery, deliver } = manualConsumer();
  const { router } = routerWithLog();
  const errors = [new UnavailableError('down'), new UnavailableError('down'), new Error('fails'), undefined];
  const handle = async () => {
    const error = errors.shift();
    if (error) throw error;
  };
  router.add(handler(consumer, { handle, policy: { maxAttempts: 2 } }));
  await router.start();
  for (let i = 0; i < 4; i++) await deliver(new AbortController().signal, delivery('1'));
  expect(settled).toEqual(['1 nacked', '1 nacked', '1 nacked', '1 acked']);
});

test('a message that went to another member holds up its key for two seconds', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const { consumer, settled, delivery, deliver } = manualConsumer();
    const { router } = routerWithLog();
    let fails = true;
    const handle = async () => {
      if (fails) throw new Error('fails');
    };
    router.add(handler(consumer, { handle }));
    await router.start();
    const { signal } = new AbortController();
    await deliver(signal, delivery('1', 'a'), delivery('2', 'a'));
    fails = false;
    await deliver(signal, delivery('2', 'a'), delivery('3', 'a'));
    vi.advanceTimersByTime(2100);
    await deliver(signal, delivery('2', 'a'), delivery('3', 'a'), delivery('1', 'a'));
    expect(settled.slice(0, 4)).toEqual(['1 nacked', '2 nacked', '2 nacked', '3 nacked']);
    expect(settled.slice(4)).toEqual(['2 acked', '3 acked', '1 acked']);
  } finally {
    vi.useRealTimers();
  }
});

test('while something is unavailable one line stands for all its messages, and one more reports the end', async () => {
  const { consumer, delivery, deliver } = manualConsumer();
  const { router, lines } = routerWithLog();
  let down = true;
  const handle = async () => {
    if (down) throw Object.assign(new Error('no answer'), { retryAfterMs: 1000 });
  };
  router.add(handler(consumer, { handle }));
  await router.start();
  const { signal } = new AbortController();
  await deliver(signal, delivery('1'), delivery('2'));
  down = false;
  await deliver(signal, delivery('1'), delivery('2'));
  expect(lines.map(({ msg }) => msg)).toEqual([
    'something is unavailable: messages wait for it',
    'messages are handled again',
  ]);
});

test('ids of returned messages differ by handler, topic, incoming id and place', async () => {
  const broker = createInProcessBroker();
  const { router } = routerWithLog();
  const to = { publisher: broker, topic: 'out' };
  const handle = async () => [
    { payload: Buffer.from('1') },
    { payload: Buffer.from('2'), topic: 'out.other' },
  ];
  const from = { consumer: broker, topics: ['topic', 'topic.b'] };
  router.add(handler(broker, { from, to, handle })).add(handler(broker, { name: 'b', from, to, handle }));
  await router.start();
  await broker.publish('topic', [message('1'), message('2')]);
  await broker.publish('topic.b', [message('1')]);
  const published = () => broker.read(['out', 'out.other'], undefined, 100);
  await vi.waitFor(async () => expect(await published()).toHaveLength(3 * 2 * 2), soon);
  expect(new Set((await published()).map(({ id }) => id)).size).toBe(12);
  await router.close();
});

test.each([
  ['has no topic', { to: { publisher: createInProcessBroker() } }],
  ['no publisher', {}],
])('a returned message that %s makes its handler fail with a sentence', async (sentence, options) => {
  const { consumer, settled, delivery, deliver } = manualConsumer();
  const { router } = routerWithLog();
  const topic = 'to' in options ? {} : { topic: 'out' };
  const handle = async () => [{ payload: Buffer.from('1'), ...topic }];
  router.add(handler(consumer, { handle, policy: { maxAttempts: 1 }, ...options }));
  await router.start();
  await deliver(new AbortController().signal, delivery('1'));
  expect(settled[0]).toContain(sentence);
});
