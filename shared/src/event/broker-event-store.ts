import { createAsyncQueue } from '../async/async-queue.ts';
import { meowFromJson } from '../meow/meow.ts';
import type { Connection, Follower, Publisher } from '../message/capabilities.ts';
import type { Logger } from '../process/logger.ts';
import { followEvents } from './consume-events.ts';
import type { EventStore } from './event-store.ts';
import { meowCreated, publishMeowsCreated } from './meow-events.ts';

/** Unread events that one channel may hold before it fails. */
const CHANNEL_LIMIT = 10_000;

/** The original's event store on any broker. Closing the store closes the broker. */
export function createEventStore(broker: Publisher & Follower & Connection, logger: Logger): EventStore {
  return {
    publishMeowCreated: (meow, headers) => publishMeowsCreated(broker, [meow], headers),
    subscribeMeowCreated(limit = CHANNEL_LIMIT) {
      return createAsyncQueue(limit, (push) => this.onMeowCreated(push));
    },
    onMeowCreated(handler) {
      return followEvents(
        broker,
        [meowCreated],
        {
          onEvent: ({ data, message }) => handler({ meow: meowFromJson(data), headers: message.metadata }),
          onReset: () => undefined,
        },
        logger,
      );
    },
    close: () => broker.close(),
  };
}
