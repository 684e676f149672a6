import type { Logger } from 'pino';
import type { KafkaSettings } from './config.ts';
import type { StoreDeadLetter } from './dead-letters.ts';
import type { KafkaTopics } from './topics.ts';

/** What the modules of the Kafka broker share. */
export interface KafkaContext {
  settings: KafkaSettings;
  topics: KafkaTopics;
  storeDeadLetter: StoreDeadLetter;
  logger: Logger;
}
