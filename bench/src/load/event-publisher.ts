import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import { publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import { openBroker } from '../fixtures/open-broker.ts';
import type { StreamConfig } from '../fixtures/stream.ts';
import type { Server } from '../servers/start-server.ts';

/** Publishes so many events, as the meow service does after a commit. */
export type PublishTo = (servers: readonly Server[], count: number) => Promise<void>;

/** Publishes to the stream; without one, each server publishes to itself. */
export async function openEvents(
  stream: StreamConfig | undefined,
): Promise<{ publish: PublishTo } & AsyncDisposable> {
  if (!stream) {
    return {
      async publish(servers, count) {
        await Promise.all(servers.map((server) => server.call('publish', count)));
      },
      async [Symbol.asyncDispose]() {},
    };
  }
  const events = await connectEvents(stream);
  const newMeowId = createIdGenerator();
  return {
    publish: (_servers, count) =>
      publishMeowsCreated(
        events,
        Array.from({ length: count }, () => ({ ...newMeowId(), body: 'a meow of a length that meows have' })),
      ),
    [Symbol.asyncDispose]: () => events.close(),
  };
}

/** The product's event store, connected. */
export async function connectEvents(stream: StreamConfig): Promise<EventStore> {
  const events = createEventStore(openBroker(stream, silentLogger), silentLogger);
  await waitUntil(() => events.ping().then(() => undefined));
  return events;
}
