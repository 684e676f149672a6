import { randomUUID } from 'node:crypto';
import type { BrokerFixture, BrokerLimits } from '@meower/shared/message/broker.contract.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { Admin } from '@platformatic/kafka';
import type { KafkaConfig } from '../kafka/config.ts';
import { createKafkaBroker, type KafkaBroker } from '../kafka.ts';

export interface KafkaFixture extends BrokerFixture {
  open(): Promise<KafkaBroker>;
}

/**
 * Brokers with topics and groups of their own on the server at `address`: test files can run concurrently.
 */
export async function kafkaFixture(
  address: string,
  topicCount: number,
  limits: Pick<BrokerLimits, 'handlerTimeoutMs'>,
  more: Partial<KafkaConfig> = {},
): Promise<KafkaFixture> {
  const prefix = `test-${randomUUID()}`;
  const topics = Array.from({ length: topicCount }, (_, index) => `${prefix}.topic-${index}`);
  const deadLetterTopic = `${prefix}.dead`;
  const opened: KafkaBroker[] = [];
  return {
    topics,
    async open() {
      const broker = createKafkaBroker(
        {
          address,
          // With one, messages without keys have an order too, as the contract's tests expect it.
          partitions: 1,
          deadLetterTopic,
          groupIdOf: (group, [topic]) => `${topic}-${group}`,
          handlerTimeoutMs: limits.handlerTimeoutMs,
          sessionTimeoutMs: 6000,
          heartbeatMs: 100,
          retryMs: 100,
          ...more,
        },
        { logger: silentLogger },
      );
      opened.push(broker);
      await broker.ping();
      return broker;
    },
    async close() {
      await Promise.all(opened.map((broker) => broker.close()));
      await deleteTopics(address, prefix);
    },
  };
}

async function deleteTopics(address: string, prefix: string): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [address] });
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.close();
  }
}
