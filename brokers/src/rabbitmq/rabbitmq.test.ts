import { LIMITS } from '@meower/shared/message/broker.contract.ts';
import { BrokerUnavailableError, RefusedError } from '@meower/shared/message/capabilities.ts';
import {
  createGroup,
  member,
  message,
  messages,
  texts,
  until,
} from '@meower/shared/message/contract/samples.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RabbitBroker } from '../rabbitmq.ts';
import { rabbitFixture, withChannel } from '../testing/rabbitmq.ts';

describeReal('rabbitmq', (url) => {
  let fixture: Awaited<ReturnType<typeof rabbitFixture>>;
  let broker: RabbitBroker;
  let topic: string;

  beforeEach(async () => {
    fixture = await rabbitFixture(url, 1, LIMITS);
    topic = String(fixture.topics[0]);
    broker = await fixture.open();
  });
  afterEach(() => fixture.close());

  test('a message that no group would get is not confirmed', async () => {
    await expect(broker.publish(topic, [message()])).rejects.toThrow(/no group has subscribed/);
    const { inbox } = await member(broker, topic);
    await broker.publish(topic, [message('kept')]);
    await inbox.hasText('kept');
  });

  test('a group that is named in the settings gets what is published before its first member', async () => {
    const publisher = await fixture.open({ groups: { late: [topic] } });
    await publisher.publish(topic, messages(3));
    const { inbox } = await member(broker, topic, 'late');
    await inbox.has(3);
    expect(inbox.texts).toEqual(texts(messages(3)));
  });

  test('a message of another program gets an id, the same at each delivery', async () => {
    const ids: string[] = [];
    await broker.consume([topic], 'group', async (batch) => {
      for (const one of batch) {
        ids.push(one.id);
        expect(one).toMatchObject({ topic, metadata: { count: '3', 'ce-type': 'deployed' } });
        if (one.attempt === 1) one.nack(0);
      }
    });
    const headers = { Count: 3, 'cloudEvents:type': 'deployed' };
    await withChannel(url, async (channel) => {
      channel.sendToQueue(`group:${topic}`, Buffer.from('{}'), { headers });
      channel.publish(topic, '', Buffer.from('{"other":1}'), { headers });
    });
    await until(() => expect(ids).toHaveLength(4));
    expect(new Set(ids).size).toBe(2);
  });

  test('a message is redelivered more than the 20 times after which server 4 would drop it', async () => {
    let attempts = 0;
    await broker.consume([topic], 'group', async ([one]) => {
      attempts = one?.attempt ?? 0;
      if (attempts <= 25) one?.nack(0);
    });
    await broker.publish(topic, [message()]);
    await until(() => expect(attempts).toBe(26));
  });

  test('a message that the server itself gives up is a dead letter, and can be retried', async () => {
    await createGroup(broker, topic);
    await broker.publish(topic, [message('given up')]);
    await withChannel(url, async (channel) => {
      const got = await channel.get(`group:${topic}`);
      if (got) channel.nack(got, false, false);
    });
    await until(async () => expect(await broker.deadLetters.count()).toBe(1));
    const [letter] = await broker.deadLetters.list();
    expect(letter).toMatchObject({ group: `group:${topic}`, reason: 'rejected', origin: { topic } });
    const { inbox } = await member(broker, topic);
    await broker.deadLetters.retry(letter?.position ?? '');
    await inbox.hasText('given up');
    expect(await broker.deadLetters.list()).toEqual([]);
  });

  test('goes on when its queue is deleted while it runs', async () => {
    const { inbox } = await member(broker, topic);
    await broker.publish(topic, [message('before')]);
    await inbox.hasText('before');
    await withChannel(url, (channel) => channel.deleteQueue(`group:${topic}`));
    await until(() => broker.publish(topic, [message('after')]));
    await inbox.hasText('after');
  });

  test('refuses what the server would end the connection for', async () => {
    await createGroup(broker, topic);
    const small = await fixture.open({ maxMessageBytes: 10 });
    await expect(small.publish(topic, [message('more than ten')])).rejects.toThrow(RefusedError);
    await expect(broker.publish(topic, [{ ...message(), id: 'x'.repeat(256) }])).rejects.toThrow(
      RefusedError,
    );
    const metadata = { large: 'x'.repeat(100_000) };
    await expect(broker.publish(topic, [message('', metadata)])).rejects.toThrow(RefusedError);
    await broker.publish(topic, [message()]);
  });

  test('a closed broker rejects', async () => {
    const closed = await fixture.open();
    await Promise.all([closed.close(), closed.close()]);
    await expect(closed.publish(topic, [message()])).rejects.toThrow(BrokerUnavailableError);
    await expect(closed.ping()).rejects.toThrow(BrokerUnavailableError);
    await expect(member(closed, topic)).rejects.toThrow(BrokerUnavailableError);
    await expect(closed.deadLetters.list()).rejects.toThrow(BrokerUnavailableError);
  });
});
