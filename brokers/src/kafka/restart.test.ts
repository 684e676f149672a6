import { BrokerUnavailableError, type Message } from '@meower/shared/message/capabilities.ts';
import { follower, member, message, messages, until } from '@meower/shared/message/contract/samples.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import type { ServerProcess } from '@meower/shared/testing/server-process.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KafkaBroker } from '../kafka.ts';
import { type KafkaFixture, kafkaFixture } from '../testing/kafka.ts';
import { createKafkaServer } from '../testing/kafka-server.ts';

const SLOW = 120_000;

describeReal('kafka_libs', (libs) => {
  let server: ServerProcess;
  let fixture: KafkaFixture;
  let broker: KafkaBroker;
  let topic: string;

  beforeEach(async () => {
    server = await createKafkaServer(libs);
    await server.start();
    fixture = await kafkaFixture(server.address, 1, { handlerTimeoutMs: 60_000 }, { partitions: 3 });
    broker = await fixture.open();
    topic = String(fixture.topics[0]);
  }, SLOW);

  afterEach(async () => {
    await fixture.close();
    await server.wipe();
  }, SLOW);

  /** As the outbox relay does. */
  async function publishUntilStored(one: Message): Promise<void> {
    for (;;) {
      try {
        return await broker.publish(topic, [one]);
      } catch (error) {
        if (!(error instanceof BrokerUnavailableError)) throw error;
      }
    }
  }

  test('loses nothing when the server is killed under load', { timeout: SLOW }, async () => {
    const ofFollower = await follower(broker, topic);
    const members = await Promise.all([member(broker, topic), member(await fixture.open(), topic)]);
    const sent: Message[] = [];
    let publishing = true;
    const publishers = Array.from({ length: 4 }, async (_, key) => {
      while (publishing) {
        const one = { ...message(String(sent.length)), key: String(key) };
        await publishUntilStored(one);
        sent.push(one);
      }
    });
    for (let kill = 1; kill <= 2; kill++) {
      const goal = sent.length + 100;
      await until(() => expect(sent.length).toBeGreaterThan(goal));
      await server.restart();
    }
    const goal = sent.length + 100;
    await until(() => expect(sent.length).toBeGreaterThan(goal));
    publishing = false;
    await Promise.all(publishers);

    const ids = new Set(sent.map(({ id }) => id));
    const stored = new Set((await broker.read([topic], undefined, 1_000_000)).map(({ id }) => id));
    expect(ids.difference(stored)).toEqual(new Set());
    await until(() =>
      expect(ids.difference(new Set(ofFollower.inbox.received.map(({ id }) => id)))).toEqual(new Set()),
    );
    const handled = () => members.flatMap(({ inbox }) => inbox.received.map(({ id }) => id));
    await until(() => expect(ids.difference(new Set(handled()))).toEqual(new Set()));
    expect(ofFollower.resets()).toBe(0);
  });

  test('reports that the server is unavailable, and recovers with it', { timeout: SLOW }, async () => {
    const { inbox } = await member(broker, topic);
    await broker.publish(topic, messages(3, 'before-'));
    await inbox.has(3);
    await server.kill();
    await expect(broker.ping()).rejects.toThrow(BrokerUnavailableError);
    await expect(broker.publish(topic, [message()])).rejects.toThrow(BrokerUnavailableError);
    await expect(broker.read([topic], undefined, 1)).rejects.toThrow(BrokerUnavailableError);
    const late = member(broker, topic, 'late');
    await server.start();
    await publishUntilStored(message('after'));
    await inbox.hasText('after');
    await (await late).inbox.hasText('after');
  });
});
