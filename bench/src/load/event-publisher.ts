import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import { openBroker } from '../fixtures/open-broker.ts';
import type { StreamConfig } from '../fixtures/stream.ts';
import type { Server } from '../servers/start-server.ts';
import { createMeowPublisher } from './publish-meows.ts';

export interface EventPublisher extends AsyncDisposable {
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
  const events = await connectEventStore(stream);
  const publishMeows = createMeowPublisher(events);
  return {
    publish: (_servers, count) => publishMeows(count),
    [Symbol.asyncDispose]: () => events.close(),
  };
}

/** The product's event store, connected. */
export async function connectEventStore(stream: StreamConfig): Promise<EventStore> {
  const events = createEventStore(openBroker(stream, silentLogger), silentLogger);
  await waitUntil(() => events.ping().then(() => undefined));
  return events;
}
