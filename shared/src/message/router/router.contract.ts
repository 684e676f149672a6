import { afterEach, describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../../testing/silent-logger.ts';
import {
  BrokerUnavailableError,
  type Consumer,
  type DeadLetters,
  type Publisher,
  RefusedError,
} from '../capabilities.ts';
import { UnavailableError } from './failure.ts';
import type { HandlerOptions } from './handler.ts';
import { createRouter, type Router, type RouterOptions } from './router.ts';
import { message, text } from './testing/samples.ts';

export interface RoutedBroker {
  broker: Publisher & Consumer & { readonly deadLetters: Pick<DeadLetters, 'list'> };
  /** Two topics with one order. */
  topics: readonly [string, string];
  close(): Promise<void>;
}

const soon = { interval: 5 };
const fast = { firstMs: 5, longestMs: 20 };

/** What the router promises, on one broker. */
export function routerContract(name: string, open: () => Promise<RoutedBroker>): void {
  describe(`router on ${name}`, () => {
    const closing: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });

    async function openBroker(): Promise<RoutedBroker> {
      const opened = await open();
      closing.push(() => opened.close());
      return opened;
    }

    async function start(
      { broker, topics }: RoutedBroker,
      handler: Partial<HandlerOptions> & Pick<HandlerOptions, 'handle'>,
      options: Partial<RouterOptions> = {},
    ): Promise<Router> {
      const router = createRouter({ logger: silentLogger, policy: { backoff: fast }, ...options });
      router.add({ name: 'handler', from: { consumer: broker, topic: topics[0] }, ...handler });
      closing.push(() => router.close());
      await router.start();
      return router;
    }

    test('gives each message to its handler, and not again', async () => {
      const opened = await openBroker();
      const { broker, topics } = opened;
      const seen: string[] = [];
      const router = await start(opened, {
        handle: async (incoming) => {
          seen.push(`${incoming.topic === topics[0]} ${incoming.key} ${text(incoming)} ${incoming.attempt}`);
        },
      });
      await broker.publish(topics[0], [message('1', 'a'), message('2', 'b')]);
      await vi.waitFor(() => expect(seen.sort()).toEqual(['true a 1 1', 'true b 2 1']), soon);
      await router.close();
      await start(opened, { handle: async ({ id }) => void seen.push(id) });
      await broker.publish(topics[0], [message('3')]);
      await vi.waitFor(() => expect(seen.at(-1)).toBe('3'), soon);
      expect(seen).toHaveLength(3);
    });

    test('never handles two messages of a key at the same time, and keeps their order', async () => {
      const opened = await openBroker();
      const { broker, topics } = opened;
      const handled: Record<string, number[]> = { a: [], b: [], c: [] };
      const handling = new Set<string>();
      await start(opened, {
        from: { consumer: broker, topics },
        handle: async ({ key = '', id }) => {
          expect(handling).not.toContain(key);
          handling.add(key);
          for (let turns = Number(id) % 7; turns > 0; turns--) await new Promise(setImmediate);
          handling.delete(key);
          handled[key]?.push(Number(id));
        },
        policy: { maxBatch: 7, concurrency: 3, backoff: fast },
      });
      const numbers = Array.from({ length: 150 }, (_, i) => i);
      for (const i of numbers) await broker.publish(topics[i % 2 ? 1 : 0], [message(`${i}`, 'abc'[i % 3])]);
      const ofKey = (rest: number) => numbers.filter((i) => i % 3 === rest);
      await vi.waitFor(() => expect(handled).toEqual({ a: ofKey(0), b: ofKey(1), c: ofKey(2) }), soon);
    });

    test('handles as many messages at the same time as its policy allows, and no more', async () => {
      const opened = await openBroker();
      const handling: (() => void)[] = [];
      await start(opened, {
        handle: () => new Promise((resolve) => handling.push(resolve)),
        policy: { concurrency: 3, backoff: fast },
      });
      await opened.broker.publish(
        opened.topics[0],
        ['1', '2', '3', '4', '5'].map((id) => message(id, id)),
      );
      await vi.waitFor(() => expect(handling).toHaveLength(3), soon);
      handling[1]?.();
      await vi.waitFor(() => expect(handling).toHaveLength(4), soon);
      await new Promise(setImmediate);
      expect(handling).toHaveLength(4);
      for (const end of handling) end();
      await vi.waitFor(() => expect(handling).toHaveLength(5), soon);
      handling[4]?.();
    });

    test('a message that comes while others are being handled does not wait for them', async () => {
      const opened = await openBroker();
      const { promise: slow, resolve } = Promise.withResolvers<void>();
      const handled: string[] = [];
      await start(opened, {
        handle: async ({ id }) => {
          if (id === 'slow') await slow;
          handled.push(id);
        },
      });
      await opened.broker.publish(opened.topics[0], [message('slow', 'a')]);
      for (const id of ['1', '2', '3']) {
        await opened.broker.publish(opened.topics[0], [message(id, id)]);
        await vi.waitFor(() => expect(handled).toContain(id), soon);
      }
      resolve();
      await vi.waitFor(() => expect(handled).toContain('slow'), soon);
    });

    test('when a message fails, those of its key wait for it, and others go on', async () => {
      const opened = await openBroker();
      const seen: string[] = [];
      let fails = true;
      await start(opened, {
        handle: async ({ id }) => {
          if (id === 'a1' && fails) throw new UnavailableError('not yet');
          seen.push(id);
        },
      });
      const { broker, topics } = opened;
      await broker.publish(topics[0], [
        message('a1', 'a'),
        message('a2', 'a'),
        message('b1', 'b'),
        message('n1'),
      ]);
      await broker.publish(topics[0], [message('a3', 'a'), message('b2', 'b')]);
      await vi.waitFor(() => expect(seen).toHaveLength(3), soon);
      expect(seen.filter((id) => id.startsWith('b'))).toEqual(['b1', 'b2']);
      fails = false;
      await vi.waitFor(() => expect(seen).toHaveLength(6), soon);
      expect(seen.slice(3)).toEqual(['a1', 'a2', 'a3']);
    });

    test('keeps the order of each key when any of its messages fail, also repeatedly', async () => {
      const opened = await openBroker();
      const failures = new Map<string, number>();
      const handled: Record<string, number[]> = { a: [], b: [], c: [] };
      await start(opened, {
        handle: async ({ key = '', id }) => {
          const i = Number(id);
          const failed = failures.get(id) ?? 0;
          await new Promise(setImmediate);
          failures.set(id, failed + 1);
          if (failed < ((i * 7919) % 4) - 1) throw new Error('fails');
          handled[key]?.push(i);
        },
        policy: { concurrency: 3, maxBatch: 10, backoff: fast },
      });
      const numbers = Array.from({ length: 90 }, (_, i) => i);
      for (const i of numbers) await opened.broker.publish(opened.topics[0], [message(`${i}`, 'abc'[i % 3])]);
      const ofKey = (rest: number) => numbers.filter((i) => i % 3 === rest);
      await vi.waitFor(() => expect(handled).toEqual({ a: ofKey(0), b: ofKey(1), c: ofKey(2) }), soon);
    });

    test('a message that keeps failing becomes a dead letter with the last sentence, and its key goes on', async () => {
      const opened = await openBroker();
      let attempts = 0;
      const handled: string[] = [];
      await start(opened, {
        handle: async ({ id }) => {
          if (id === '1') throw new Error(`attempt ${++attempts} failed`);
          handled.push(id);
        },
        policy: { maxAttempts: 3, backoff: fast },
      });
      await opened.broker.publish(opened.topics[0], [message('1', 'a'), message('2', 'a')]);
      await vi.waitFor(() => expect(handled).toEqual(['2']), soon);
      expect(await opened.broker.deadLetters.list()).toMatchObject([{ id: '1', reason: 'attempt 3 failed' }]);
      expect(attempts).toBe(3);
    });

    test('a refused message becomes a dead letter the first time', async () => {
      const opened = await openBroker();
      let attempts = 0;
      await start(opened, {
        handle: async () => {
          attempts++;
          throw new RefusedError('no such cat');
        },
      });
      await opened.broker.publish(opened.topics[0], [message('1')]);
      await vi.waitFor(
        async () =>
          expect(await opened.broker.deadLetters.list()).toMatchObject([{ id: '1', reason: 'no such cat' }]),
        soon,
      );
      expect(attempts).toBe(1);
    });

    test('while something is unavailable its messages wait, for any number of attempts', async () => {
      const opened = await openBroker();
      const errors = [
        () => new UnavailableError('no cats today'),
        () => new BrokerUnavailableError('no broker today'),
        () => Object.assign(new Error('busy'), { retryAfterMs: 1 }),
      ];
      let attempts = 0;
      let handled = false;
      await start(opened, {
        handle: async () => {
          const error = errors[attempts++ % 3];
          if (attempts <= 12) throw error?.();
          handled = true;
        },
        policy: { maxAttempts: 2, backoff: fast },
      });
      await opened.broker.publish(opened.topics[0], [message('1')]);
      await vi.waitFor(() => expect(handled).toBe(true), soon);
      expect(await opened.broker.deadLetters.list()).toEqual([]);
    });

    test('an error that asks for a delay gets it', async () => {
      const opened = await openBroker();
      const at: number[] = [];
      await start(opened, {
        handle: async () => {
          at.push(performance.now());
          if (at.length === 1) throw new UnavailableError('later', { retryAfterMs: 300 });
        },
      });
      await opened.broker.publish(opened.topics[0], [message('1')]);
      await vi.waitFor(() => expect(at).toHaveLength(2), soon);
      expect((at[1] as number) - (at[0] as number)).toBeGreaterThan(290);
    });

    test('publishes what a handler returns before it acks, again with the same ids', async () => {
      const opened = await openBroker();
      const { broker, topics } = opened;
      const ids: string[][] = [];
      const arrived: string[] = [];
      const flaky: Publisher = {
        async publish(topic, messages) {
          ids.push(messages.map(({ id }) => id));
          await broker.publish(topic, messages);
          if (ids.length < 3) throw new BrokerUnavailableError('stored, but not confirmed');
        },
      };
      const options: Omit<HandlerOptions, 'name'> = {
        from: { consumer: broker, topic: topics[0] },
        to: { publisher: flaky, topic: topics[1] },
        handle: async (incoming) => [
          { key: incoming.key, payload: Buffer.from(`${text(incoming)} first`) },
          {
            key: incoming.key,
            metadata: { place: 'second' },
            payload: Buffer.from(`${text(incoming)} second`),
          },
        ],
      };
      await start(opened, options);
      await start(opened, {
        name: 'sink',
        from: { consumer: broker, topic: topics[1] },
        handle: async (incoming) => void arrived.push(`${text(incoming)} ${incoming.metadata.place ?? ''}`),
      });
      await broker.publish(topics[0], [message('1', 'a', 'meow')]);
      await vi.waitFor(() => expect(arrived).toEqual(['meow first ', 'meow second second']), soon);
      await vi.waitFor(() => expect(ids).toHaveLength(3), soon);
      expect(new Set(ids.map(String)).size).toBe(1);
      expect(new Set(ids[0]).size).toBe(2);
    });

    test('closing waits for what is being handled and redelivers the others', async () => {
      const opened = await openBroker();
      const handling: (() => void)[] = [];
      const router = await start(opened, {
        handle: () => new Promise((resolve) => handling.push(resolve)),
        policy: { concurrency: 1, backoff: fast },
      });
      const ids = Array.from({ length: 20 }, (_, i) => `${i}`);
      await opened.broker.publish(
        opened.topics[0],
        ids.map((id) => message(id, 'a')),
      );
      await vi.waitFor(() => expect(handling).toHaveLength(1), soon);
      const closed = router.close().then(() => 'closed');
      expect(await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 50, 'waits'))])).toBe(
        'waits',
      );
      handling[0]?.();
      await closed;
      expect(handling).toHaveLength(1);
      const seen: string[] = [];
      await start(opened, { handle: async ({ id }) => void seen.push(id) });
      await vi.waitFor(() => expect(seen.sort()).toEqual(ids.slice(1).sort()), soon);
    });
  });
}
