import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Delivery } from '@meower/shared/message/capabilities.ts';
import {
  gate,
  Inbox,
  member,
  message,
  messages,
  textOf,
  texts,
  until,
} from '@meower/shared/message/contract/samples.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { Admin, Producer } from '@platformatic/kafka';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KafkaBroker } from '../kafka.ts';
import { type KafkaFixture, kafkaFixture } from '../testing/kafka.ts';

const PARTITIONS = 6;

describeReal('kafka', (address) => {
  let fixture: KafkaFixture;
  let broker: KafkaBroker;
  let topic: string;

  beforeEach(async () => {
    fixture = await kafkaFixture(address, 1, { handlerTimeoutMs: 1000 }, { partitions: PARTITIONS });
    broker = await fixture.open();
    topic = String(fixture.topics[0]);
  });
  afterEach(() => fixture.close());

  const keyed = (count: number, keys = 7) =>
    Array.from({ length: count }, (_, n) => ({ ...message(`${n}`), key: `key-${n % keys}` }));

  test('shares the partitions when members come and go, and handles each message once and in order', async () => {
    const handled: { key: string; n: number }[] = [];
    const takingPart = new Set<number>();
    const join = async (name: number) =>
      (await fixture.open()).consume([topic], 'group', async (batch) => {
        takingPart.add(name);
        await new Promise(setImmediate);
        for (const one of batch) handled.push({ key: one.key ?? '', n: Number(textOf(one)) });
      });
    const sent = keyed(6000, 40);
    let published = 0;
    const publishing = (async () => {
      for (; published < sent.length; published += 20)
        await broker.publish(topic, sent.slice(published, published + 20));
    })();
    const first = await join(1);
    const steps = [() => join(2), () => join(3), () => first.close(), () => join(4)];
    for (const [step, run] of steps.entries()) {
      await until(() => expect(handled.length).toBeGreaterThan((step * sent.length) / 6));
      await run();
    }
    await publishing;
    await until(() => expect(handled.length).toBeGreaterThanOrEqual(sent.length));
    expect(takingPart).toEqual(new Set([1, 2, 3, 4]));
    for (let key = 0; key < 40; key++) {
      const own = handled.filter((one) => one.key === `key-${key}`).map(({ n }) => n);
      expect(own).toEqual(Array.from({ length: sent.length / 40 }, (_, i) => key + 40 * i));
    }
  });

  test('delivers again what is behind the lowest unsettled message, and nothing before it', async () => {
    const inbox = new Inbox<Delivery>();
    const { close } = await broker.consume([topic], 'group', async (batch) => {
      for (const one of batch) {
        inbox.add(one);
        if (textOf(one) === '5') one.nack(60_000);
      }
    });
    // Of one partition, but of different keys.
    await broker.publish(topic, [{ ...message('0'), key: 'a' }]);
    await inbox.has(1);
    const same = sameKeyPartition(inbox.received[0]?.position);
    const producer = new Producer({ clientId: 'test', bootstrapBrokers: [address] });
    await producer.send({
      acks: -1,
      messages: messages(10, '')
        .slice(1)
        .map(({ payload }) => ({ topic, partition: same, value: Buffer.from(payload) })),
    });
    await producer.close();
    await inbox.has(10);
    await close();
    const next = await member(await fixture.open(), topic);
    await next.inbox.has(5);
    await broker.publish(topic, [message('last')]);
    await next.inbox.hasText('last');
    expect(next.inbox.texts).toEqual(['5', '6', '7', '8', '9', 'last']);
  });

  test('holds back the messages of a key behind one that was nacked, and no others', async () => {
    const seen: string[] = [];
    await broker.consume([topic], 'group', async (batch) => {
      for (const one of batch) {
        seen.push(`${one.key}${textOf(one)}/${one.attempt}`);
        if (one.key === 'a' && textOf(one) === '0' && one.attempt < 2) one.nack(300);
      }
    });
    await broker.publish(topic, [{ ...message('0'), key: 'a' }]);
    await until(() => expect(seen).toEqual(['a0/1']));
    await broker.publish(
      topic,
      [1, 2].map((n) => ({ ...message(`${n}`), key: 'a' })),
    );
    await broker.publish(topic, [{ ...message('0'), key: 'b' }]);
    await until(() => expect(seen).toContain('a2/1'));
    expect(seen.filter((one) => one.startsWith('a'))).toEqual(['a0/1', 'a0/2', 'a1/1', 'a2/1']);
    expect(seen.indexOf('b0/1')).toBeLessThan(seen.indexOf('a0/2'));
  });

  test('leaves the group with a stuck handler, and takes part again when that has ended', async () => {
    const stuck = gate();
    const seen = new Inbox<Delivery>();
    await broker.consume([topic], 'group', async (batch) => {
      batch.forEach(seen.add);
      if (batch.some((one) => textOf(one) === 'stuck')) await stuck.opened;
    });
    await broker.publish(topic, [message('stuck')]);
    await seen.has(1);
    const other = await member(await fixture.open(), topic);
    await other.inbox.hasText('stuck');
    const received = seen.received.length;
    stuck.open();
    await until(async () => {
      await broker.publish(topic, messages(PARTITIONS));
      expect(seen.received.length).toBeGreaterThan(received);
    });
  });

  test('delivers what a killed process had not settled to another member', async () => {
    const sent = keyed(20);
    await broker.publish(topic, sent);
    const script = new URL('../testing/kafka-stuck-member.ts', import.meta.url);
    const killed = fork(script, [address, topic, `${topic}-group`]);
    await once(killed, 'message');
    killed.kill('SIGKILL');
    const { inbox } = await member(broker, topic);
    await inbox.has(20);
    expect(inbox.texts.sort()).toEqual(texts(sent).sort());
  });

  test('stores a rejected message in the topic of the dead letters, with the reason', async () => {
    await broker.consume([topic], 'group', async (batch) => {
      for (const one of batch) expect(await one.reject('it is bad 🐱')).toBe(true);
    });
    const bad = { ...message('bad', { a: 'b' }), key: 'k' };
    await broker.publish(topic, [bad]);
    const dead = topic.replace(/topic-.*/, 'dead');
    await until(async () => expect(await broker.read([dead], undefined, 10)).toHaveLength(1));
    const [letter] = await broker.read([dead], undefined, 10);
    expect(letter).toMatchObject({
      id: bad.id,
      key: 'k',
      metadata: {
        a: 'b',
        'dead-letter-group': 'group',
        'dead-letter-reason': 'it is bad 🐱',
        'dead-letter-attempts': '1',
        'dead-letter-topic': topic,
      },
    });
  });

  test('reads several partitions page by page, from a time on, without a gap', async () => {
    await broker.publish(topic, keyed(100));
    const since = new Date(Date.now() + 1);
    await until(() => expect(Date.now()).toBeGreaterThan(since.getTime()));
    const sent = keyed(500, 50);
    await broker.publish(topic, sent);
    let position = await broker.positionAt([topic], since);
    const read: string[] = [];
    for (;;) {
      const page = await broker.read([topic], position, 70);
      position = page.at(-1)?.position ?? position;
      if (page.length === 0) break;
      read.push(...texts(page));
    }
    expect(read.sort()).toEqual(texts(sent).sort());
  });

  test('begins with the oldest message after a position of a topic that was recreated', async () => {
    await broker.publish(topic, keyed(50));
    const position = await broker.positionAt([topic], new Date(Date.now() + 60_000));
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [address] });
    await admin.deleteTopics({ topics: [topic] });
    await admin.close();
    const other = await fixture.open();
    await until(() => other.publish(topic, [message('new')]));
    // Kafka lists no offsets of a partition that has no leader yet.
    await until(async () => expect(texts(await other.read([topic], position, 10))).toEqual(['new']));
  });

  test('reads the messages of other publishers: without an id, with a CloudEvent’s, tombstones', async () => {
    const { inbox } = await member(broker, topic);
    const producer = new Producer({ clientId: 'other', bootstrapBrokers: [address] });
    const to = { topic, partition: 2 };
    const headers = new Map([[Buffer.from('ce_id'), Buffer.from('the id')]]);
    try {
      await producer.send({
        acks: -1,
        messages: [
          { ...to, value: Buffer.from('plain') },
          { ...to, value: Buffer.from('event'), headers },
          { ...to, key: Buffer.from('k') },
        ],
      });
    } finally {
      await producer.close();
    }
    await inbox.has(3);
    expect(inbox.texts).toEqual(['plain', 'event', '']);
    const [plain, event, tombstone] = inbox.received;
    expect(plain).toMatchObject({ id: `${topic}:2:0`, metadata: {} });
    expect(event).toMatchObject({ id: 'the id', metadata: { 'ce-id': 'the id' } });
    expect(tombstone).toMatchObject({ id: `${topic}:2:2`, key: 'k' });
  });
});

function sameKeyPartition(position = ''): number {
  return Number(/:(\d+)=/.exec(position)?.[1]);
}
