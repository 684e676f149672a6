import { withChannel } from '@meower/brokers/testing/rabbitmq.ts';
import { withRedis } from '@meower/brokers/testing/redis.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { asAdministrator } from '@meower/shared/testing/nats.ts';
import { createTestDatabase } from '@meower/shared/testing/postgres.ts';
import { describe } from 'vitest';
import { journeyContract } from './journey.contract.ts';

describe.each(['memory', 'postgres'])('on the broker %s, embedded', (BROKER) =>
  journeyContract(async (run) => void (await run({ BROKER }))),
);

describe('on the broker http', () =>
  journeyContract(async (run) => {
    // The subscribers are listed before they exist.
    const first = await freePorts(4);
    const SUBSCRIBERS = [1, 2, 3].map((i) => `http://localhost:${first + i}`).join();
    await run({ BROKER: 'http', PORT: String(first), SUBSCRIBERS });
  }));

describeReal('postgres', (url) =>
  journeyContract(async (run) => {
    const database = await createTestDatabase(url);
    await run({ BROKER: 'postgres', DATABASE_URL: database.url, BROKER_DATABASE_URL: database.url });
    await database.drop();
  }),
);

describeReal('nats', (NATS_ADDRESS) =>
  journeyContract(async (run) => {
    const topic = await run({ BROKER: 'nats', NATS_ADDRESS });
    const stream = topic.replaceAll('.', '-');
    await asAdministrator(NATS_ADDRESS, async (jsm) => {
      for (const name of [stream, `${stream}-dead`]) await jsm.streams.delete(name);
    });
  }),
);

describeReal('rabbitmq', (RABBITMQ_URL) =>
  journeyContract(async (run) => {
    const topic = await run({ BROKER: 'rabbitmq', RABBITMQ_URL });
    await withChannel(RABBITMQ_URL, async (channel) => {
      for (const group of ['points', 'email', 'sms']) await channel.deleteQueue(`${group}:${topic}`);
      await channel.deleteQueue(`${topic}.dead`);
      await channel.deleteExchange(topic);
    });
  }),
);

describeReal('redis', (REDIS_URL) =>
  journeyContract(async (run) => {
    const topic = await run({ BROKER: 'redis', REDIS_URL });
    await withRedis(REDIS_URL, async (client) => {
      const keys = await client.keys(`*${topic}*`);
      if (keys.length > 0) await client.del(keys);
    });
  }),
);
