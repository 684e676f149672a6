import type { Logger } from 'pino';
import type { KafkaSettings } from './config.ts';
import type { KafkaDeadLetters } from './dead-letters.ts';
import type { KafkaTopics } from './topics.ts';

/** What the modules of the Kafka broker share. */
export interface KafkaContext {
  settings: KafkaSettings;
  topics: KafkaTopics;
  deadLetters: KafkaDeadLetters;
  logger: Logger;
}
