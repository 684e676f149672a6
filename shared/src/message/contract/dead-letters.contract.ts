import { expect } from 'vitest';
import { LARGE_MESSAGE_BYTES, type Test } from '../broker.contract.ts';
import { type Broker, type DeadLetter, type Delivery, NoSuchDeadLetterError } from '../capabilities.ts';
import { follower, Inbox, message, messages, textOf, texts, until } from './samples.ts';

const KEEP_DEAD_LETTERS = 60;

/** A member that rejects, on the first attempt, messages that begin with "bad". */
async function picky(broker: Broker, topic: string, group = 'group'): Promise<Inbox<Delivery>> {
  const inbox = new Inbox<Delivery>();
  const rejected = new Set<string>();
  await broker.consume([topic], group, async (batch) => {
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
    const bad = {
      ...message('bad', { 'x-request-id': 'r1' }),
      key: 'a key',
      payload: Buffer.from('bad \xff\0', 'latin1'),
    };
    const inbox = await picky(broker, topic);
    await broker.publish(topic, [bad, ...messages(3)]);
    await inbox.has(4);
    await until(async () => expect(await lettersOf(broker, topic)).toHaveLength(1));
    const [letter] = await lettersOf(broker, topic);
    const rejected = inbox.received.find(({ id }) => id === bad.id);
    expect(letter).toMatchObject({ id: bad.id, metadata: bad.metadata, reason: 'it is bad:\ngroup 🐱' });
    expect(Buffer.from(letter?.payload ?? []).equals(bad.payload)).toBe(true);
    expect(letter?.origin).toEqual({ topic, position: rejected?.position });
    expect(letter).toMatchObject({ group: 'group', attempts: 1, key: 'a key' });
    expect(Math.abs(Date.now() - Number(letter?.rejectedAt))).toBeLessThan(60_000);
    await broker.publish(topic, [message('last')]);
    await inbox.hasText('last');
    expect(inbox.received.filter(({ id }) => id === bad.id)).toHaveLength(1);
  });

  test('are delivered again by a retry, under the same id', async ({ broker, open, topic }) => {
    const bad = message('bad', { a: 'b' });
    const inbox = await picky(broker, topic);
    await broker.publish(topic, [bad]);
    await until(async () => expect(await lettersOf(broker, topic)).toHaveLength(1));
    const [letter] = await lettersOf(broker, topic);
    await (await open()).deadLetters.retry(letter?.position ?? '');
    await inbox.has(2);
    const [, second] = inbox.received;
    expect(second).toMatchObject({ id: bad.id, metadata: bad.metadata, attempt: 1 });
    expect(texts(inbox.received)).toEqual(['bad', 'bad']);
    expect(await lettersOf(broker, topic)).toEqual([]);
  });

  test(
    'are delivered again to no other group, no follower and no reader',
    async ({ broker, topic }) => {
      const [one, two] = [await picky(broker, topic, 'one'), await picky(broker, topic, 'two')];
      await broker.publish(topic, [message('bad')]);
      await until(async () => expect(await lettersOf(broker, topic)).toHaveLength(2));
      const letter = (await lettersOf(broker, topic)).find(({ group }) => group === 'one');
      const follows = await follower(broker, topic);
      await broker.deadLetters.retry(letter?.position ?? '');
      await one.has(2);
      const three = await picky(broker, topic, 'three');
      await broker.publish(topic, [message('last')]);
      for (const inbox of [one, two, three, follows.inbox]) await inbox.hasText('last');
      expect(one.texts).toEqual(['bad', 'bad', 'last']);
      expect(two.texts).toEqual(['bad', 'last']);
      expect(three.texts).toEqual(['bad', 'last']);
      expect(follows.inbox.texts).toEqual(['last']);
      expect(texts(await broker.read([topic], undefined, 10))).toEqual(['bad', 'last']);
      expect((await lettersOf(broker, topic)).map(({ group }) => group).sort()).toEqual(['three', 'two']);
    },
    { needs: ['follower', 'log'] },
  );

  test(
    'count the attempts before the rejection',
    async ({ broker, topic }) => {
      await broker.consume(
        [topic],
        'group',
        async ([delivery]) => {
          if (delivery && delivery.attempt < 3) delivery.nack(0);
          else await delivery?.reject('three times');
        },
        { maxBatch: 1 },
      );
      await broker.publish(topic, [message()]);
      await until(async () => expect(await lettersOf(broker, topic)).toMatchObject([{ attempts: 3 }]));
    },
    { needs: ['attempts', 'delayedNack'] },
  );

  test('are deleted when dropped', async ({ broker, topic }) => {
    await picky(broker, topic);
    await broker.publish(topic, messages(2, 'bad'));
    await until(async () => expect(await lettersOf(broker, topic)).toHaveLength(2));
    const [first, second] = await lettersOf(broker, topic);
    await broker.deadLetters.drop(first?.position ?? '');
    expect(await lettersOf(broker, topic)).toEqual([second]);
  });

  test('can be rejected again after a retry', async ({ broker, topic }) => {
    let reasons = 0;
    await broker.consume([topic], 'group', async ([delivery]) => {
      await delivery?.reject(`reason ${++reasons}`);
    });
    await broker.publish(topic, [message()]);
    for (let round = 1; round <= 3; round++) {
      await until(async () => {
        expect((await lettersOf(broker, topic)).map(({ reason }) => reason)).toEqual([`reason ${round}`]);
      });
      const [letter] = await lettersOf(broker, topic);
      await broker.deadLetters.retry(letter?.position ?? '');
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
    await broker.consume([topic], 'group', async (batch) => {
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
      await broker.consume([topic], 'group', async (batch) => {
        const stored = await Promise.all(batch.map((delivery) => delivery.reject('all are bad')));
        refused += stored.filter((isStored) => !isStored).length;
      });
      await broker.publish(topic, sent);
      // Of several copies, one may have had room for all of its own.
      if (copies === 1) await until(() => expect(refused).toBeGreaterThan(0));

      const ids: string[] = [];
      await until(async () => {
        for (const { id, position } of await lettersOf(broker, topic)) {
          ids.push(id);
          await broker.deadLetters.drop(position);
        }
        expect(ids.length).toBeGreaterThanOrEqual(sent.length);
      });
      expect(ids.sort()).toEqual(sent.map(({ id }) => id).sort());
    },
    { limits: { keepDeadLetters: KEEP_DEAD_LETTERS } },
  );

  test('that do not exist cannot be retried or dropped', async ({ broker }) => {
    await expect(broker.deadLetters.retry('1')).rejects.toThrow(NoSuchDeadLetterError);
    await expect(broker.deadLetters.drop('1')).rejects.toThrow(NoSuchDeadLetterError);
  });
}
