import type { Broker } from '@meower/shared/message/capabilities.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import { openBroker } from '../fixtures/open-broker.ts';
import type { StreamConfig } from '../fixtures/stream.ts';
import type { Server } from '../servers/start-server.ts';
import { createMeowPublisher } from './publish-meows.ts';

interface EventPublisher extends AsyncDisposable {
  /** Publishes `count` events that reach all the servers. */
  publish(servers: readonly Server[], count: number): Promise<void>;
}

/** Publishes to the stream. Without a stream each server publishes to itself. */
export async function openEventPublisher(stream: StreamConfig | undefined): Promise<EventPublisher> {
  if (!stream) {
    return {
      async publish(servers, count) {
        await Promise.all(servers.map((server) => server.call('publish', count)));
      },
      async [Symbol.asyncDispose]() {},
    };
  }
  const broker = await connectBroker(stream);
  const publishMeows = createMeowPublisher(broker);
  return {
    publish: (_servers, count) => publishMeows(count),
    [Symbol.asyncDispose]: () => broker.close(),
  };
}

/** The product's broker, connected. */
export async function connectBroker(stream: StreamConfig): Promise<Broker> {
  const broker = openBroker(stream, silentLogger);
  await waitUntil(() => broker.ping().then(() => undefined));
  return broker;
}
