import { randomUUID } from 'node:crypto';
import { encode } from '@meower/brokers/rabbitmq/codec.ts';
import { createRabbitBroker } from '@meower/brokers/rabbitmq.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { connect } from 'amqplib';
import type { BrokerKind } from './broker-pair.ts';

/** What the broker asks for with batches of 500. */
const PREFETCH = 2000;
const QUORUM = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

export const rabbitmq: BrokerKind = {
  name: 'RabbitMQ',
  dependency: 'rabbitmq',
  async open(url) {
    const prefix = `bench-${randomUUID()}`;
    const topics: string[] = [];
    const deadLetters = { queue: `${prefix}.dead`, limit: 1000 };
    const queues = new Set([deadLetters.queue]);
    const queueName = (group: string, of: readonly string[]) => {
      const queue = `${of[0]}.${group}`;
      queues.add(queue);
      return queue;
    };
    const broker = createRabbitBroker({ url, deadLetters, queueName }, { logger: silentLogger });
    // Two, as the broker has and RabbitMQ recommends: the server stops reading from one that publishes too much.
    const [publisher, consumer] = [
      await connect(url, { noDelay: true }),
      await connect(url, { noDelay: true }),
    ];
    const publishing = await publisher.createConfirmChannel();

    async function createQueue(topic: string, group: string): Promise<string> {
      const queue = queueName(group, [topic]);
      await publishing.assertQueue(queue, QUORUM);
      await publishing.bindQueue(queue, topic, '');
      return queue;
    }

    return {
      async newTopic() {
        const topic = `${prefix}.${topics.length}`;
        topics.push(topic);
        await publishing.assertExchange(topic, 'fanout', { durable: true });
        // A message that no queue takes is not confirmed.
        await createQueue(topic, 'kept');
        return topic;
      },
      broker,
      bare: {
        async publish(topic, messages) {
          for (const message of messages)
            publishing.publish(topic, '', Buffer.from(message.payload), encode(message));
          await publishing.waitForConfirms();
        },
        async consume(topic, group, onPayload) {
          const queue = await createQueue(topic, group);
          const channel = await consumer.createChannel();
          await channel.prefetch(PREFETCH);
          await channel.consume(queue, (message) => {
            if (!message) return;
            onPayload(message.content);
            channel.ack(message);
          });
          return { close: () => channel.close() };
        },
      },
      async [Symbol.asyncDispose]() {
        await broker.close();
        for (const queue of queues) await publishing.deleteQueue(queue);
        for (const topic of topics) await publishing.deleteExchange(topic);
        await publisher.close();
        await consumer.close();
      },
    };
  },
};
