import type { Channel } from 'amqplib';
import { assertName } from './codec.ts';
import type { RabbitSettings } from './config.ts';

/**
 * Server 4 deletes a message after 20 redeliveries by default. A message beyond this limit, or
 * beyond a lower one that an operator sets by policy, goes to the dead letters.
 */
const DELIVERY_LIMIT = 1_000_000_000;

export async function declareTopic(channel: Channel, topic: string): Promise<void> {
  assertName('topic', topic);
  await channel.assertExchange(topic, 'fanout', { durable: true });
}

/** Returns the queue. */
export async function declareGroup(
  channel: Channel,
  group: string,
  topics: readonly string[],
  settings: RabbitSettings,
): Promise<string> {
  const queue = settings.queueName(group, topics);
  assertName('name of the queue', queue);
  await declareDeadLetters(channel, settings);
  await channel.assertQueue(queue, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': settings.deadLetters.queue,
    },
  });
  for (const topic of topics) {
    await declareTopic(channel, topic);
    await channel.bindQueue(queue, topic, '');
  }
  return queue;
}

/** A classic queue, because all of it can be read in one step, by one reader at a time. */
export async function declareDeadLetters(channel: Channel, { deadLetters }: RabbitSettings): Promise<void> {
  await channel.assertQueue(deadLetters.queue, {
    durable: true,
    arguments: {
      'x-queue-type': 'classic',
      'x-max-length': deadLetters.limit,
      'x-overflow': 'reject-publish',
    },
  });
}
