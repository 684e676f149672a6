import { randomUUID } from 'node:crypto';
import type { BrokerFixture, BrokerLimits } from '@meower/shared/message/broker.contract.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { ServerProcess } from '@meower/shared/testing/server-process.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { type Channel, connect } from 'amqplib';
import { vi } from 'vitest';
import { createRabbitBroker, type RabbitBroker, type RabbitConfig } from '../rabbitmq.ts';

/** Brokers with topics and groups of their own on the server at `url`: test files can run concurrently. */
export async function rabbitFixture(
  url: string,
  topicCount: number,
  limits: BrokerLimits,
): Promise<Omit<BrokerFixture, 'open'> & { open(config?: Partial<RabbitConfig>): Promise<RabbitBroker> }> {
  const prefix = `test-${randomUUID()}`;
  const topics = Array.from({ length: topicCount }, (_, index) => `${prefix}.topic-${index}`);
  const deadLetters = { queue: `${prefix}.dead`, limit: limits.keepDeadLetters };
  const queues = new Set([deadLetters.queue]);
  const opened: RabbitBroker[] = [];
  return {
    topics,
    open: async (config) => {
      const broker = createRabbitBroker(
        {
          url,
          deadLetters,
          handlerTimeoutMs: limits.handlerTimeoutMs,
          longestRetryMs: 200,
          queueName: (group, of) => {
            const queue = `${group}:${of.join('+')}`;
            queues.add(queue);
            return queue;
          },
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
      await withChannel(url, async (channel) => {
        for (const queue of queues) await channel.deleteQueue(queue);
        for (const topic of topics) await channel.deleteExchange(topic);
      });
    },
  };
}

/** A connection of its own, for what a broker cannot do. */
export async function withChannel<T>(url: string, act: (channel: Channel) => Promise<T>): Promise<T> {
  const model = await connect(url);
  try {
    const channel = await model.createChannel();
    const result = await act(channel);
    // Sends what it has been given before the connection ends.
    await channel.close();
    return result;
  } finally {
    await model.close();
  }
}

/** A server for one test, with the name server that Erlang needs. Not started yet. */
export async function createRabbitServer(binary: string): Promise<ServerProcess> {
  const names = await ServerProcess.create({
    binary: 'epmd',
    args: (port) => ['-port', String(port), '-address', '127.0.0.1'],
    ask: async () => {},
  });
  await names.start();
  const distPort = String(await freePorts(1));
  const server = await ServerProcess.create({
    binary: '/bin/sh',
    args: (port, folder) => {
      const env = {
        ERL_EPMD_PORT: names.address.split(':')[1],
        ERL_EPMD_ADDRESS: '127.0.0.1',
        HOME: folder,
        // The script becomes the server instead of waiting for it.
        RUNNING_UNDER_SYSTEMD: '1',
        RABBITMQ_NODENAME: `test-${port}@localhost`,
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: distPort,
        RABBITMQ_CONF_ENV_FILE: '/dev/null',
        RABBITMQ_CONFIG_FILE: `${folder}/none`,
        RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/none`,
        RABBITMQ_MNESIA_BASE: `${folder}/data`,
        RABBITMQ_LOG_BASE: folder,
        RABBITMQ_PID_FILE: `${folder}/rabbit.pid`,
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none -kernel inet_dist_use_interface {127,0,0,1}',
      };
      const settings = Object.entries(env).map(([name, value]) => `${name}='${value}'`);
      return ['-c', `cd '${folder}' && exec env ${settings.join(' ')} '${binary}'`];
    },
    ask: async (address) => (await connect(`amqp://guest:guest@${address}`, { timeout: 1000 })).close(),
  });
  const wipe = server.wipe.bind(server);
  server.wipe = async () => {
    await wipe();
    await names.wipe();
  };
  return server;
}
