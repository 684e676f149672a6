import type { StoredMessage } from '@meower/shared/message/capabilities.ts';
import type { DeadLetterAlarm } from '@meower/shared/message/common/dead-letter-alarm.ts';
import type { KafkaPublisher } from './publisher.ts';
import type { KafkaTopics } from './topics.ts';

export interface Rejection {
  group: string;
  reason: string;
  attempts: number;
}

/**
 * Stores rejected messages in a topic, with the reason in headers. They are not listed or retried: that is
 * the topic's readers' work.
 */
export class KafkaDeadLetters {
  readonly #topic: string;
  readonly #topics: KafkaTopics;
  readonly #publisher: KafkaPublisher;
  readonly #alarm: DeadLetterAlarm;

  constructor(topic: string, topics: KafkaTopics, publisher: KafkaPublisher, alarm: DeadLetterAlarm) {
    this.#topic = topic;
    this.#topics = topics;
    this.#publisher = publisher;
    this.#alarm = alarm;
  }

  /** Resolves to false when it cannot be stored. Never rejects. */
  store(message: StoredMessage, { group, reason, attempts }: Rejection): Promise<boolean> {
    const metadata = {
      ...message.metadata,
      'dead-letter-group': group,
      'dead-letter-reason': reason,
      'dead-letter-attempts': String(attempts),
      'dead-letter-topic': message.topic,
      'dead-letter-position': message.position,
    };
    return this.#alarm.watch(async () => {
      await this.#topics.ensure([this.#topic]);
      await this.#publisher.publish(this.#topic, [{ ...message, metadata }]);
    });
  }
}
