import { expect } from 'vitest';
import { LARGE_MESSAGE_BYTES, type Test } from '../broker.contract.ts';
import { type Broker, type DeadLetter, NoSuchDeadLetterError } from '../broker.ts';
import type { Delivery } from '../message.ts';
import { Inbox, message, messages, textOf, texts, until } from './samples.ts';

const KEEP_DEAD_LETTERS = 60;

/** A member that rejects, on the first attempt, messages that begin with "bad". */
async function picky(broker: Broker, topic: string, group = 'group'): Promise<Inbox<Delivery>> {
  const inbox = new Inbox<Delivery>();
  const rejected = new Set<string>();
  await broker.consume(topic, group, async (batch) => {
    for (const delivery of batch) {
      inbox.add(delivery);
      if (textOf(delivery).startsWith('bad') && !rejected.has(delivery.id)) {
        rejected.add(delivery.id);
        await delivery.reject(`it is bad:\n${group} 🐱`);
      }
    }
  });
  return inbox;
}

async function lettersOf(broker: Broker, topic: string): Promise<DeadLetter[]> {
  return (await broker.deadLetters.list()).filter(({ origin }) => origin.topic === topic);
}

export function deadLettersContract(test: Test): void {
  test('keep a rejected message with its reason and origin, and do not block others', async ({
    broker,
    topic,
  }) => {
    const bad = { ...message('bad', { 'x-request-id': 'r1' }), payload: Buffer.from('bad \xff\0', 'latin1') };
    const inbox = await picky(broker, topic);
    const { end } = await broker.history(topic);
    await broker.publish(topic, [bad, ...messages(3)]);
    await inbox.has(4);
    await until(async () => expect(await lettersOf(broker, topic)).toHaveLength(1));
    const [letter] = await lettersOf(broker, topic);
    const [stored] = await broker.read(topic, end, 1);
    expect(letter).toMatchObject({ id: bad.id, metadata: bad.metadata, reason: 'it is bad:\ngroup 🐱' });
    expect(Buffer.from(letter?.payload ?? []).equals(bad.payload)).toBe(true);
    expect(letter?.origin).toEqual({ topic, seq: stored?.seq });
    expect(Math.abs(Date.now() - Date.parse(letter?.rejectedAt ?? ''))).toBeLessThan(60_000);
    await broker.publish(topic, [message('last')]);
    await inbox.hasText('last');
    expect(inbox.received.filter(({ id }) => id === bad.id)).toHaveLength(1);
  });

  test('are published to their topic again by a retry, under the same id', async ({
    broker,
    open,
    topic,
  }) => {
    const bad = message('bad', { a: 'b' });
    const inbox = await picky(broker, topic);
    await broker.publish(topic, [bad]);
    await until(async () => expect(await lettersOf(broker, topic)).toHaveLength(1));
    const [letter] = await lettersOf(broker, topic);
    await (await open()).deadLetters.retry(letter?.seq ?? 0);
    await inbox.has(2);
    const [first, second] = inbox.received;
    expect(second).toMatchObject({ id: bad.id, metadata: bad.metadata, attempt: 1 });
    expect(texts(inbox.received)).toEqual(['bad', 'bad']);
    expect(second?.seq).toBeGreaterThan(first?.seq ?? 0);
    expect(await lettersOf(broker, topic)).toEqual([]);
  });

  test('are deleted when dropped', async ({ broker, topic }) => {
    await picky(broker, topic);
    await broker.publish(topic, messages(2, 'bad'));
    await until(async () => expect(await lettersOf(broker, topic)).toHaveLength(2));
    const [first, second] = await lettersOf(broker, topic);
    await broker.deadLetters.drop(first?.seq ?? 0);
    expect(await lettersOf(broker, topic)).toEqual([second]);
  });

  test('can be rejected again after a retry', async ({ broker, topic }) => {
    let reasons = 0;
    await broker.consume(topic, 'group', async ([delivery]) => {
      await delivery?.reject(`reason ${++reasons}`);
    });
    await broker.publish(topic, [message()]);
    for (let round = 1; round <= 3; round++) {
      await until(async () => {
        expect((await lettersOf(broker, topic)).map(({ reason }) => reason)).toEqual([`reason ${round}`]);
      });
      const [letter] = await lettersOf(broker, topic);
      await broker.deadLetters.retry(letter?.seq ?? 0);
    }
  });

  test('of one group do not hide those of another', async ({ broker, topic }) => {
    await Promise.all([picky(broker, topic, 'one'), picky(broker, topic, 'two')]);
    await broker.publish(topic, [message('bad')]);
    await until(async () => expect(await lettersOf(broker, topic)).toHaveLength(2));
    const reasons = (await lettersOf(broker, topic)).map(({ reason }) => reason);
    expect(reasons.sort()).toEqual(['it is bad:\none 🐱', 'it is bad:\ntwo 🐱']);
  });

  test('are all listed when there are many', async ({ broker, topic }) => {
    const rejected = new Set<string>();
    await broker.consume(topic, 'group', async (batch) => {
      await Promise.all(batch.map((delivery) => delivery.reject('all are bad')));
      for (const { id } of batch) rejected.add(id);
    });
    await broker.publish(topic, messages(600));
    await until(() => expect(rejected.size).toBe(600));
    expect(await lettersOf(broker, topic)).toHaveLength(600);
    expect(await broker.deadLetters.count()).toBeGreaterThanOrEqual(600);
  });

  test(
    'are refused when their store is full: the messages are redelivered until there is room',
    async ({ broker, topic, copies }) => {
      const sent = Array.from({ length: KEEP_DEAD_LETTERS / copies + 20 }, () =>
        message('x'.repeat(LARGE_MESSAGE_BYTES)),
      );
      let refused = 0;
      await broker.consume(topic, 'group', async (batch) => {
        const stored = await Promise.all(batch.map((delivery) => delivery.reject('all are bad')));
        refused += stored.filter((isStored) => !isStored).length;
      });
      await broker.publish(topic, sent);
      // Of several copies, one may have had room for all of its own.
      if (copies === 1) await until(() => expect(refused).toBeGreaterThan(0));

      const ids: string[] = [];
      await until(async () => {
        for (const { id, seq } of await lettersOf(broker, topic)) {
          ids.push(id);
          await broker.deadLetters.drop(seq);
        }
        expect(ids.length).toBeGreaterThanOrEqual(sent.length);
      });
      expect(ids.sort()).toEqual(sent.map(({ id }) => id).sort());
    },
    { limits: { keepDeadLetters: KEEP_DEAD_LETTERS } },
  );

  test('that do not exist cannot be retried or dropped', async ({ broker }) => {
    await expect(broker.deadLetters.retry(1)).rejects.toThrow(NoSuchDeadLetterError);
    await expect(broker.deadLetters.drop(1)).rejects.toThrow(NoSuchDeadLetterError);
  });
}
