import type { StoredMessage } from '@meower/shared/message/capabilities.ts';
import { createDeadLetterAlarm } from '@meower/shared/message/common/dead-letter-alarm.ts';
import type { Logger } from 'pino';
import type { KafkaPublisher } from './publisher.ts';
import type { KafkaTopics } from './topics.ts';

interface Rejection {
  group: string;
  reason: string;
  attempts: number;
}

/** Resolves to false when it cannot be stored. Never rejects. */
export type StoreDeadLetter = (message: StoredMessage, rejection: Rejection) => Promise<boolean>;

/**
 * Stores rejected messages in a topic, with the reason in headers. They are not listed or retried: that is
 * the topic's readers' work.
 */
export function createDeadLetterStore(
  topic: string,
  { topics, publisher, logger }: { topics: KafkaTopics; publisher: KafkaPublisher; logger: Logger },
): StoreDeadLetter {
  const watch = createDeadLetterAlarm(logger);
  return (message, { group, reason, attempts }) => {
    const metadata = {
      ...message.metadata,
      'dead-letter-group': group,
      'dead-letter-reason': reason,
      'dead-letter-attempts': String(attempts),
      'dead-letter-topic': message.topic,
      'dead-letter-position': message.position,
    };
    return watch(async () => {
      await topics.ensure([topic]);
      await publisher.publish(topic, [{ ...message, metadata }]);
    });
  };
}
