import type {
  Connection,
  Consumer,
  Follower,
  LagReader,
  Log,
  Publisher,
} from '@meower/shared/message/capabilities.ts';
import { logHandlerErrors } from '@meower/shared/message/common/follow-handlers.ts';
import { Subscriptions } from '@meower/shared/message/common/subscriptions.ts';
import { untilClosed } from '@meower/shared/message/common/until-closed.ts';
import type { Logger } from 'pino';
import { KAFKA_DEFAULTS, type KafkaConfig } from './kafka/config.ts';
import type { KafkaContext } from './kafka/context.ts';
import { createDeadLetterStore } from './kafka/dead-letters.ts';
import { translated } from './kafka/errors.ts';
import { createFollower } from './kafka/follower.ts';
import { readLag } from './kafka/lag.ts';
import { readLog, withReader } from './kafka/log.ts';
import { createMember } from './kafka/member.ts';
import { toPosition } from './kafka/offsets.ts';
import { createPublisher } from './kafka/publisher.ts';
import { createTopics } from './kafka/topics.ts';

export type KafkaBroker = Publisher & Consumer & Follower & Log & LagReader & Connection;

/**
 * A broker on Apache Kafka (server 3.0 or newer). Returns immediately; connects when it is used. Topics that
 * are missing are created. Messages with a key go to the partition that Kafka's own clients choose, others to
 * all in turn.
 *
 * What it cannot do:
 * - Messages have an order in their partition only: no total order, and none among messages without a key.
 * - A partition belongs to one member of a group, so at most `partitions` members share a topic.
 * - An id published twice is stored twice; only a request that the client itself repeats is stored once.
 * - Kafka keeps one offset for a group and partition. After a crash, everything behind the oldest unsettled
 *   message is delivered again, at most `MAX_ACK_PENDING` messages. Attempts are counted in the member: from 1
 *   again after a crash or a move.
 * - Rejected messages go to a topic, with the reason in headers; it has no list, and a group gets none back.
 *   Nothing is erased.
 * - The progress of a group without members is forgotten after `offsets.retention.minutes` (7 days by
 *   default).
 * - Partitions that are added to a topic are noticed when a member joins again.
 */
export function createKafkaBroker(config: KafkaConfig, { logger }: { logger: Logger }): KafkaBroker {
  const settings = { ...KAFKA_DEFAULTS, ...config };
  const topics = createTopics(settings);
  const publisher = createPublisher(settings);
  const storeDeadLetter = createDeadLetterStore(settings.deadLetterTopic, { topics, publisher, logger });
  const context: KafkaContext = { settings, topics, storeDeadLetter, logger };
  const subscriptions = new Subscriptions();
  const publishing = new Set<Promise<void>>();

  async function closeAll(): Promise<void> {
    await subscriptions.close();
    await Promise.allSettled(publishing);
    await publisher.close();
    await topics.close();
  }

  const methods: Omit<KafkaBroker, 'close'> = {
    async publish(topic, messages) {
      if (messages.length === 0) return;
      const stored = translated(topics.ensure([topic])).then(() => publisher.publish(topic, messages));
      publishing.add(stored);
      await stored
        .catch((error: unknown) => {
          topics.forget([topic]);
          throw error;
        })
        .finally(() => publishing.delete(stored));
    },

    consume: async (names, group, handler, options) =>
      subscriptions.join(createMember(context, names, group, handler, options)),

    async follow(names, handlers) {
      const follower = createFollower(context, names, logHandlerErrors(handlers, names, logger));
      const subscription = subscriptions.add(() => follower.close());
      return { from: await follower.start(), ...subscription };
    },

    async read(names, after, limit) {
      return translated(withReader(context, names, (reader) => readLog(reader, after, limit)));
    },

    async positionAt(names, since) {
      const time = BigInt(Math.max(0, since.getTime()));
      return translated(withReader(context, names, async (reader) => toPosition(await reader.offsets(time))));
    },

    async lag(names, group) {
      return translated(readLag(context, names, group));
    },

    async ping() {
      await translated(topics.ping());
    },
  };
  return untilClosed(methods, closeAll);
}
