import type { Connection, Consumer, DeadLetters, Publisher } from '@meower/shared/message/capabilities.ts';
import { createDeadLetterAlarm } from '@meower/shared/message/common/dead-letter-alarm.ts';
import { Subscriptions } from '@meower/shared/message/common/subscriptions.ts';
import { untilClosed } from '@meower/shared/message/common/until-closed.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { RABBIT_DEFAULTS, type RabbitConfig } from './rabbitmq/config.ts';
import { RabbitConnection } from './rabbitmq/connection.ts';
import { createDeadLetters } from './rabbitmq/dead-letters.ts';
import { createMember } from './rabbitmq/member.ts';
import { createPublisher } from './rabbitmq/publisher.ts';

export type { RabbitConfig } from './rabbitmq/config.ts';

/** What RabbitMQ can do. */
export interface RabbitBroker extends Publisher, Consumer, Connection {
  readonly deadLetters: DeadLetters;
}

/**
 * A broker on RabbitMQ (server 3.10 or newer). A topic is a fanout exchange, a group a quorum queue. Returns
 * immediately; connects in the background and stays connected until it is closed.
 *
 * What it cannot do: nothing can be read again, so there is no log, no replay, no follower and no erasing. A
 * new group gets what is published from its creation on; `groups` creates it before its first member comes.
 * `publish` rejects as unavailable as long as a topic has no group, because the message would be lost. An id
 * is stored as often as it is published. Messages with the same key come in order to a group with one member,
 * except those that are redelivered. A nacked message waits in its member until its delay is over, at most 15
 * minutes, and comes earlier when that member ends. `position` is only a name (the id), `publishedAt` is the
 * time of the publisher. A message of another program may come without an id: one is derived from its
 * contents, the same for two equal messages. The queue of dead letters is not replicated in a cluster. Server
 * 3.10 writes the names of quorum queues late: one that was declared shortly before a kill -9 has lost its
 * messages, and takes no new ones until it is deleted; `publish` rejects meanwhile.
 */
export function createRabbitBroker(config: RabbitConfig, { logger }: { logger: Logger }): RabbitBroker {
  const settings = { ...RABBIT_DEFAULTS, ...config };
  // Two, because the server stops reading from a connection that publishes when it has no room, acks included.
  const [publishing, connection] = [0, 1].map(() => new RabbitConnection(settings, logger)) as [
    RabbitConnection,
    RabbitConnection,
  ];
  const publisher = createPublisher(publishing, settings);
  const deadLetters = createDeadLetters(connection, publisher, settings);
  const watchDeadLetter = createDeadLetterAlarm(logger);
  const context = { connection, deadLetters, watchDeadLetter, settings, logger };
  const subscriptions = new Subscriptions();

  async function closeAll(): Promise<void> {
    await subscriptions.close();
    await publisher.settled();
    await Promise.all([publishing.close(), connection.close()]);
  }

  const methods: Omit<RabbitBroker, 'close' | 'deadLetters'> = {
    async publish(topic, messages) {
      await publisher.publish(topic, messages);
    },

    consume: async (topics, group, handler, options) =>
      subscriptions.join(createMember(context, topics, group, handler, options)),

    async ping() {
      for (const each of [publishing, connection]) {
        each.assertConnected();
        await (await each.channel()).close();
      }
    },
  };
  return { deadLetters, ...untilClosed(methods, closeAll) };
}
