import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Test } from '../broker.contract.ts';
import type { Delivery } from '../capabilities.ts';
import { gate, Inbox, member, message, messages, textOf, texts, until } from './samples.ts';

/** For one consumer that is there before the messages are. */
export function consumeContract(test: Test): void {
  test(
    'gets the messages of a key in the order of publishing',
    async ({ broker, topic }) => {
      const { inbox } = await member(broker, topic);
      for (let call = 0; call < 10; call++) {
        await broker.publish(
          topic,
          messages(10, `${call}`).map((one) => ({ ...one, key: 'a key' })),
        );
      }
      await inbox.has(100);
      expect(inbox.texts).toEqual(Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0')));
    },
    { needs: ['keyOrder'] },
  );

  test('gets a single message immediately', async ({ broker, topic }) => {
    const { inbox } = await member(broker, topic);
    const delaysMs: number[] = [];
    for (let round = 1; round <= 50; round++) {
      const startedMs = performance.now();
      await broker.publish(topic, [message()]);
      await inbox.has(round);
      delaysMs.push(performance.now() - startedMs);
    }
    // Batching by a timer of 100 ms, say, would delay all of them, a busy machine some.
    expect(delaysMs.toSorted((a, b) => a - b)[10]).toBeLessThan(80);
  });

  test('gets the topic, the time of publishing and the key of a message', async ({ broker, topic }) => {
    const { inbox } = await member(broker, topic);
    await broker.publish(topic, [{ ...message('with'), key: 'a key: 100% grün' }]);
    await broker.publish(topic, [message('without')]);
    await inbox.has(2);
    for (const { publishedAt, ...one } of inbox.received) {
      expect(one.topic).toBe(topic);
      expect(Math.abs(Date.now() - publishedAt.getTime())).toBeLessThan(60_000);
    }
    const keys = Object.fromEntries(inbox.received.map((one) => [textOf(one), one.key]));
    expect(keys).toEqual({ with: 'a key: 100% grün', without: undefined });
  });

  test(
    'gets the messages of each key of one call in their order',
    async ({ broker, topic }) => {
      const { inbox } = await member(broker, topic);
      const sent = Array.from({ length: 100 }, (_, n) => ({ ...message(`${n}`), key: `key-${n % 7}` }));
      await broker.publish(topic, sent);
      await inbox.has(100);
      for (let key = 0; key < 7; key++) {
        const own = inbox.received.filter((one) => one.key === `key-${key}`);
        expect(own.map((one) => Number(textOf(one)))).toEqual(
          Array.from({ length: own.length }, (_, n) => key + 7 * n),
        );
      }
    },
    { needs: ['keyOrder'] },
  );
}

export function groupContract(test: Test): void {
  test(
    'starts with the oldest message kept',
    async ({ broker, topic }) => {
      const sent = messages(20);
      await broker.publish(topic, sent);
      const { inbox } = await member(broker, topic);
      await inbox.has(20);
      expect(inbox.texts).toEqual(texts(sent));
    },
    { needs: ['backlog'] },
  );

  test('gets everything, no matter what other groups do', async ({ broker, open, topic }) => {
    const groups = await Promise.all([
      member(broker, topic, 'one'),
      member(await open(), topic, 'two'),
      member(broker, topic, 'three'),
    ]);
    await broker.publish(topic, messages(50));
    for (const { inbox } of groups) {
      await inbox.has(50);
      expect(inbox.texts).toEqual(texts(messages(50)));
    }
  });

  test(
    'delivers each message to one of its members, and all take part',
    async ({ broker, open, topic }) => {
      const inboxes = [new Inbox<Delivery>(), new Inbox<Delivery>()];
      const [first, second] = inboxes as [Inbox<Delivery>, Inbox<Delivery>];
      // Neither ends its first batch before the other has one.
      const meet = (other: Inbox<Delivery>, own: Inbox<Delivery>) => async (batch: readonly Delivery[]) => {
        batch.forEach(own.add);
        await other.has(1);
      };
      await broker.consume([topic], 'group', meet(second, first), { maxBatch: 4 });
      await (await open()).consume([topic], 'group', meet(first, second), { maxBatch: 4 });
      const sent = messages(60);
      await broker.publish(topic, sent);
      await until(() => expect(first.received.length + second.received.length).toBeGreaterThanOrEqual(60));
      expect([...first.texts, ...second.texts].sort()).toEqual(texts(sent).sort());
    },
    { needs: ['sharedTopics'] },
  );

  test('gets the messages that have accumulated: at most maxBatch, one batch at a time', async ({
    broker,
    topic,
  }) => {
    const sizes: number[] = [];
    const first = gate();
    let running = 0;
    await broker.consume(
      [topic],
      'group',
      async (batch) => {
        expect(++running).toBe(1);
        sizes.push(batch.length);
        if (sizes.length === 1) await first.opened;
        running--;
      },
      { maxBatch: 25 },
    );
    await broker.publish(topic, messages(1));
    await until(() => expect(sizes).toHaveLength(1));
    await broker.publish(topic, messages(100));
    first.open();
    await until(() => expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(101));
    expect(sizes.length).toBeLessThan(20);
    // A busy server may have sent so slowly that fewer than a batch had accumulated.
    await until(async () => {
      if (Math.max(...sizes) < 25) await broker.publish(topic, messages(100));
      expect(Math.max(...sizes)).toBe(25);
    });
  });

  test('handles batches concurrently only when asked to, and only full ones', async ({ broker, topic }) => {
    const seen: string[] = [];
    const overlapping: number[] = [];
    let running = 0;
    let most = 0;
    await broker.consume(
      [topic],
      'group',
      async (batch) => {
        most = Math.max(most, ++running);
        if (running > 1) overlapping.push(batch.length);
        await setImmediate();
        seen.push(...batch.map(textOf));
        running--;
      },
      { maxBatch: 10, maxConcurrentBatches: 2 },
    );
    const sent = messages(205);
    await broker.publish(topic, sent);
    await until(() => expect(seen).toHaveLength(205));
    expect(seen.sort()).toEqual(texts(sent).sort());
    expect(most).toBeLessThanOrEqual(2);
    expect(overlapping.filter((size) => size < 10)).toEqual([]);
  });

  test('starts further batches with single messages when it is eager, up to its limit', async ({
    broker,
    topic,
  }) => {
    const seen: string[] = [];
    const gates = Array.from({ length: 4 }, gate);
    await broker.consume(
      [topic],
      'group',
      async (batch) => {
        const { opened } = gates[seen.length] as (typeof gates)[number];
        seen.push(...batch.map(textOf));
        await opened;
      },
      { maxBatch: 10, maxConcurrentBatches: 3, eager: true },
    );
    for (const text of ['1', '2', '3']) {
      await broker.publish(topic, [message(text)]);
      await until(() => expect(seen).toContain(text));
    }
    await broker.publish(topic, [message('4')]);
    gates[1]?.open();
    await until(() => expect(seen).toEqual(['1', '2', '3', '4']));
    for (const each of gates) each.open();
  });

  test('continues where it was when its members come back', async ({ broker, topic }) => {
    const before = await member(broker, topic);
    await broker.publish(topic, messages(10, 'before-'));
    await before.inbox.has(10);
    await before.close();
    await broker.publish(topic, messages(10, 'after-'));
    const after = await member(broker, topic);
    await after.inbox.has(10);
    expect(after.inbox.texts).toEqual(texts(messages(10, 'after-')));
    expect(before.inbox.received).toHaveLength(10);
  });

  test(
    'continues where it was when all brokers were closed',
    async ({ open, topic }) => {
      const old = await open();
      const before = await member(old, topic);
      await old.publish(topic, messages(10, 'before-'));
      await before.inbox.has(10);
      await old.publish(topic, messages(1, 'last-'));
      await before.inbox.has(11);
      await old.close();
      const next = await open();
      await next.publish(topic, messages(10, 'after-'));
      const after = await member(next, topic);
      await after.inbox.has(10);
      expect(after.inbox.texts).toEqual(texts(messages(10, 'after-')));
    },
    { needs: ['persistence'] },
  );

  test('accepts new members at any time', async ({ broker, open, topic }) => {
    const first = await member(broker, topic);
    await broker.publish(topic, messages(5));
    await first.inbox.has(5);
    const second = await member(await open(), topic);
    await first.close();
    await broker.publish(topic, messages(5, 'more-'));
    await second.inbox.has(5);
    expect(second.inbox.texts).toEqual(texts(messages(5, 'more-')));
  });

  test('starts no handler once it is being closed, and loses nothing', async ({ broker, topic }) => {
    const handled: string[] = [];
    const late: string[] = [];
    for (let round = 0; round < 3; round++) {
      let isClosing = false;
      const { close } = await broker.consume([topic], 'group', async (batch) => {
        (isClosing ? late : handled).push(...batch.map(textOf));
      });
      await broker.publish(topic, messages(20, `${round}-`));
      isClosing = true;
      await close();
    }
    expect(late).toEqual([]);
    const { inbox } = await member(broker, topic);
    const all = [0, 1, 2].flatMap((round) => texts(messages(20, `${round}-`)));
    await until(() => expect(new Set([...handled, ...inbox.texts])).toEqual(new Set(all)));
  });

  test('waits on close for the running handler, and starts no other', async ({ broker, topic }) => {
    const handling = gate();
    const seen: string[] = [];
    let closed = false;
    const { close } = await broker.consume(
      [topic],
      'group',
      async (batch) => {
        seen.push(...batch.map(textOf));
        await handling.opened;
      },
      { maxBatch: 1 },
    );
    await broker.publish(topic, messages(5));
    await until(() => expect(seen).toHaveLength(1));
    const closing = Promise.all([close(), close()]).then(() => {
      closed = true;
    });
    await broker.publish(topic, messages(5, 'more-'));
    expect(closed).toBe(false);
    handling.open();
    await closing;
    await close();
    expect(seen).toEqual(['0']);
    const rest = await member(broker, topic);
    await rest.inbox.has(9);
    expect(rest.inbox.texts.sort()).toEqual(texts([...messages(5).slice(1), ...messages(5, 'more-')]).sort());
  });

  test('gets the messages of all its topics', async ({ broker, topic, otherTopic }) => {
    const inbox = new Inbox<Delivery>();
    await broker.consume([topic, otherTopic], 'both', async (batch) => batch.forEach(inbox.add));
    await broker.publish(topic, messages(3, 'one-'));
    await broker.publish(otherTopic, messages(3, 'two-'));
    await broker.publish(topic, [message('last')]);
    await inbox.has(7);
    expect(inbox.received.map((one) => `${one.topic === topic}:${textOf(one)}`).sort()).toEqual(
      [
        'false:two-0',
        'false:two-1',
        'false:two-2',
        'true:last',
        'true:one-0',
        'true:one-1',
        'true:one-2',
      ].sort(),
    );
  });
}
