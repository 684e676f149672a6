import { randomUUID } from 'node:crypto';
import type { BrokerFixture, BrokerLimits } from '@meower/shared/message/broker.contract.ts';
import { ServerProcess } from '@meower/shared/testing/server-process.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { createClient } from 'redis';
import { vi } from 'vitest';
import { createRedisBroker, type RedisBroker, type RedisConfig } from '../redis.ts';

/** Brokers with keys of their own on the server at `url`: test files can run concurrently. */
export async function redisFixture(
  url: string,
  topicCount: number,
  limits: BrokerLimits,
): Promise<Omit<BrokerFixture, 'open'> & { open(config?: Partial<RedisConfig>): Promise<RedisBroker> }> {
  const prefix = `test-${randomUUID()}:`;
  const opened: RedisBroker[] = [];
  return {
    topics: Array.from({ length: topicCount }, (_, index) => `topic-${index}`),
    open: async (config) => {
      const broker = createRedisBroker(
        {
          url,
          prefix,
          maxMessages: limits.keepMessages,
          maxDeadLetters: limits.keepDeadLetters,
          handlerTimeoutMs: limits.handlerTimeoutMs,
          // Not less: a busy machine must not lose messages to other members.
          ackWaitMs: 10_000,
          pollIntervalMs: 100,
          longestRetryMs: 200,
          ...config,
        },
        { logger: silentLogger },
      );
      opened.push(broker);
      await vi.waitFor(() => broker.ping(), { timeout: 15_000, interval: 10 });
      return broker;
    },
    close: async () => {
      await Promise.all(opened.map((broker) => broker.close()));
      await withRedis(url, async (client) => {
        for await (const keys of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 }))
          if (keys.length > 0) await client.del(keys);
      });
    },
  };
}

/** A connection of its own, for what a broker cannot do. */
export async function withRedis<T>(
  url: string,
  act: (client: ReturnType<typeof createClient>) => Promise<T>,
): Promise<T> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => {}); // the call that fails rejects
  await client.connect();
  try {
    return await act(client as ReturnType<typeof createClient>);
  } finally {
    await client.close();
  }
}

/** A server for one test, which writes each change to the disk. Not started yet. */
export function createRedisServer(binary: string): Promise<ServerProcess> {
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  return ServerProcess.create({
    binary,
    args: (port, folder) => ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...durable],
    ask: (address) => withRedis(`redis://${address}`, (client) => client.ping()),
  });
}
