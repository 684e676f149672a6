import { randomUUID } from 'node:crypto';
import { encodeRecord } from '@meower/brokers/kafka/codec.ts';
import { createKafkaBroker } from '@meower/brokers/kafka.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { Admin, Consumer, ProduceAcks, Producer } from '@platformatic/kafka';
import type { BrokerKind } from './broker-pair.ts';

const PARTITIONS = 4;

export const kafka: BrokerKind = {
  name: 'Kafka',
  dependency: 'kafka',
  async open(address) {
    const client = { clientId: 'bench', bootstrapBrokers: [address] };
    const prefix = `bench-${randomUUID()}`;
    const broker = createKafkaBroker(
      { address, groupIdOf: (group) => `${prefix}-${group}` },
      { logger: silentLogger },
    );
    const admin = new Admin(client);
    const topics: string[] = [];
    const producer = new Producer({ ...client, idempotent: true, acks: ProduceAcks.ALL });
    return {
      async newTopic() {
        const topic = `${prefix}-${topics.length}`;
        topics.push(topic);
        await admin.createTopics({ topics: [topic], partitions: PARTITIONS, replicas: 1 });
        return topic;
      },
      broker,
      bare: {
        async publish(topic, messages) {
          await producer.send({ messages: messages.map((message) => encodeRecord(topic, message)) });
        },
        async consume(topic, group, onPayload) {
          const consumer = new Consumer({ ...client, groupId: `${prefix}-${group}`, autocommit: false });
          const stream = await consumer.consume({
            topics: [topic],
            mode: 'committed',
            fallbackMode: 'earliest',
          });
          const handled = new Map<number, { commit(callback: () => void): unknown }>();
          stream.on('data', (message) => {
            onPayload(message.value);
            if (handled.size === 0) setImmediate(commit);
            handled.set(message.partition, message);
          });
          // As the broker does: of each partition the newest, and one request at a time.
          const commit = () => {
            // Without a look at the outcome: the last ones may fail while it closes.
            for (const message of handled.values()) message.commit(() => {});
            handled.clear();
          };
          return { close: () => consumer.close(true) };
        },
      },
      async [Symbol.asyncDispose]() {
        await producer.close();
        await broker.close();
        await admin.deleteTopics({ topics });
        await admin.close();
      },
    };
  },
};
