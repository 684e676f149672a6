import { randomUUID } from 'node:crypto';
import { type Entry, encode } from '@meower/brokers/redis/codec.ts';
import { REDIS_DEFAULTS } from '@meower/brokers/redis/config.ts';
import { openClient } from '@meower/brokers/redis/connection.ts';
import { createRedisBroker } from '@meower/brokers/redis.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import type { BrokerKind } from './broker-pair.ts';

const BATCH = 500;
const TRIM = { strategy: 'MAXLEN', strategyModifier: '~', threshold: REDIS_DEFAULTS.maxMessages } as const;

export const redis: BrokerKind = {
  name: 'Redis',
  dependency: 'redis',
  async open(url) {
    const prefix = `bench-${randomUUID()}:`;
    const topics: string[] = [];
    const broker = createRedisBroker({ url, prefix }, { logger: silentLogger });
    const open = async () => {
      const client = openClient({ ...REDIS_DEFAULTS, url, logger: silentLogger });
      await waitUntil(async () => (client.isReady ? undefined : 'Redis does not answer'));
      return client;
    };
    const client = await open();
    return {
      async newTopic() {
        const topic = `topic-${topics.length}`;
        topics.push(topic);
        return topic;
      },
      broker,
      bare: {
        async publish(topic, messages) {
          const key = prefix + topic;
          const entries = messages.map((message) => encode(message, REDIS_DEFAULTS.maxMessageBytes));
          await Promise.all(entries.map((fields) => client.xAdd(key, '*', fields, { TRIM })));
        },
        async consume(topic, group, onPayload) {
          const key = prefix + topic;
          await client.xGroupCreate(key, group, '0', { MKSTREAM: true });
          const reader = await open();
          let isClosed = false;
          const reading = (async () => {
            while (!isClosed) {
              const stream = { key, id: '>' };
              const options = { COUNT: BATCH, BLOCK: 100 };
              const [reply] = (await reader.xReadGroup(group, 'consumer', stream, options)) ?? [];
              if (!reply) continue;
              // The client's own type of an entry is not exported.
              const entries = reply.messages as Entry[];
              for (const { message } of entries) onPayload(Buffer.from(message.payload ?? ''));
              const ids = entries.map(({ id }) => id);
              await client.xAck(key, group, ids);
            }
          })();
          return {
            async close() {
              isClosed = true;
              await reading;
              await reader.close();
            },
          };
        },
      },
      async [Symbol.asyncDispose]() {
        await broker.close();
        if (topics.length > 0) await client.del(topics.map((topic) => prefix + topic));
        await client.close();
      },
    };
  },
};
