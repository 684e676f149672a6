import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeReal } from '../../testing/describe-real.ts';
import { asAdministrator } from '../../testing/nats.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import type { Broker, LossReport } from '../capabilities.ts';
import { createGroup, member, messages, texts, until } from '../contract/samples.ts';
import { createNatsBroker } from '../nats.ts';
import type { NatsConfig } from './config.ts';

/** Holds some 150 of the messages here. */
const MAX_BYTES = 32 * 1024;

describeReal('nats', (address) => {
  let topic: string;
  let stream: string;
  let broker: Broker;

  beforeEach(() => {
    stream = `test-${randomUUID()}`;
    topic = `${stream}.topic`;
  });
  afterEach(async () => {
    await broker.close();
    await asAdministrator(address, async (jsm) => {
      for await (const name of jsm.streams.names(`${stream}.>`)) await jsm.streams.delete(name);
    });
  });

  async function open(discard: NatsConfig['discard']): Promise<void> {
    const deadLetters = { subject: `${stream}.dead`, stream: `${stream}-dead`, maxBytes: MAX_BYTES };
    const config = { address, streams: { [stream]: [topic] }, deadLetters, maxBytes: MAX_BYTES };
    const quick = { publishTimeoutMs: 1000, longestRetryMs: 100 };
    broker = createNatsBroker({ ...config, ...quick, discard }, { logger: silentLogger });
    await until(() => broker.ping());
  }

  async function publish(count: number, prefix = ''): Promise<string[]> {
    const published = messages(count, prefix);
    for (let i = 0; i < count; i += 10) await broker.publish(topic, published.slice(i, i + 10));
    return texts(published);
  }

  test('a full stream that refuses messages takes more once all groups have handled the oldest', async () => {
    await open('new');
    const [one, other] = [await member(broker, topic, 'one'), await member(broker, topic, 'other')];
    const published: string[] = [];
    for (let round = 0; round < 20; round++) {
      published.push(...(await publish(50, `${round}-`)));
      await Promise.all([one.inbox.has(published.length), other.inbox.has(published.length)]);
    }
    for (const { inbox } of [one, other]) expect(inbox.texts).toEqual(published);
    const { start, end } = await broker.history([topic]);
    // Most of what fits is still there for readers.
    expect(end - start).toBeGreaterThan(50);
  });

  test('a full stream refuses messages and names the group that has not handled the oldest', async () => {
    await open('new');
    await createGroup(broker, topic);
    await expect(publish(500)).rejects.toThrow(/ is full of messages that group-\w+ has not handled$/);
    const { start, end } = await broker.history([topic]);
    const slow = await member(broker, topic);
    await slow.inbox.has(end - start);
    const later = messages(100, 'later');
    await until(() => broker.publish(topic, later));
    await slow.inbox.hasText('later99');
    expect(new Set(slow.inbox.texts).size).toBe(end - start + 100);
  });

  describe('a group that misses messages', () => {
    const detect = (since?: string): Promise<LossReport> => broker.detectLoss([topic], 'group', since);
    beforeEach(() => open('old'));

    test('is told so, once', async () => {
      await createGroup(broker, topic);
      const { lost, checkpoint } = await detect();
      expect(lost).toBe(false);
      await publish(50);
      expect(await detect(checkpoint)).toEqual({ lost: false, checkpoint });
      await publish(500);
      const report = await detect(checkpoint);
      expect(report.lost).toBe(true);
      expect(await detect(report.checkpoint)).toEqual({ ...report, lost: false });
    });

    test('is told so although it has handled the messages after them', async () => {
      await createGroup(broker, topic);
      const { checkpoint } = await detect();
      await publish(500);
      const { inbox, close } = await member(broker, topic);
      await inbox.hasText('499');
      await close();
      expect(inbox.received.length).toBeLessThan(500);
      expect(await detect(checkpoint)).toMatchObject({ lost: true });
    });

    test('is told so when the stream was lost', async () => {
      await createGroup(broker, topic);
      await publish(5);
      const { checkpoint } = await detect();
      await asAdministrator(address, (jsm) => jsm.streams.delete(stream));
      await until(() => broker.publish(topic, messages(1)));
      expect(await detect(checkpoint)).toMatchObject({ lost: true });
    });

    test('is told so before it exists', async () => {
      const { checkpoint } = await detect();
      await publish(500);
      expect(await detect(checkpoint)).toMatchObject({ lost: true });
    });
  });

  test('a group that has handled everything misses nothing when the oldest are dropped', async () => {
    await open('old');
    const { inbox } = await member(broker, topic);
    let since: string | undefined;
    for (let round = 1; round <= 20; round++) {
      await publish(50);
      await inbox.has(50 * round);
      await until(async () => {
        const { lost, checkpoint } = await broker.detectLoss([topic], 'group', since);
        expect(lost).toBe(false);
        expect(Number(checkpoint)).toBe((await broker.history([topic])).end);
        since = checkpoint;
      });
    }
    expect(inbox.received).toHaveLength(1000);
  });
});
