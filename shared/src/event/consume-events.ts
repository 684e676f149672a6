import type {
  AnnouncedMessage,
  ConsumeOptions,
  Consumer,
  Delivery,
  Follower,
  Message,
  Position,
  StoredMessage,
  Subscription,
} from '../message/capabilities.ts';
import type { Logger } from '../process/logger.ts';
import { type DataOf, type EventType, UnreadableEventError } from './define-event.ts';

/** An event of one of several types, with the message that brought it. `name` identifies the type. */
export type Received<E extends EventType, M extends Message> = E extends EventType
  ? { readonly name: E['name']; readonly data: DataOf<E>; readonly message: M }
  : never;

/**
 * As `Consumer.consume`, typed. An event that cannot be read goes to the dead letters, not to the handler.
 */
export function consumeEvents<E extends EventType>(
  consumer: Consumer,
  types: readonly E[],
  group: string,
  handler: (batch: readonly Received<E, Delivery>[], signal: AbortSignal) => Promise<void>,
  options?: ConsumeOptions,
): Promise<Subscription> {
  const read = reader(types);
  const onBatch = async (batch: readonly Delivery[], signal: AbortSignal) => {
    const events: Received<E, Delivery>[] = [];
    for (const delivery of batch) {
      try {
        events.push(read(delivery));
      } catch (error) {
        if (!(error instanceof UnreadableEventError)) throw error;
        await delivery.reject(error.message);
      }
    }
    if (events.length > 0) await handler(events, signal);
  };
  return consumer.consume(topicsOf(types), group, onBatch, options);
}

interface EventHandlers<E extends EventType, M extends StoredMessage> {
  onEvent(event: Received<E, M>): void;
  /** See `FollowHandlers.onReset`. */
  onReset(): void;
  /** See `FollowHandlers.onAnnounced`. */
  onAnnounced?(event: Received<E, AnnouncedMessage>): void;
}

/**
 * As `Follower.follow`, typed. An event that cannot be read is logged and skipped: there is no group to
 * reject it for.
 */
export function followEvents<E extends EventType, M extends StoredMessage>(
  follower: Follower<M>,
  types: readonly E[],
  { onEvent, onReset, onAnnounced }: EventHandlers<E, M>,
  logger: Logger,
): Promise<Subscription & { readonly from: Position }> {
  const read = readerThatSkips<E, M>(types, logger);
  const readAnnounced = readerThatSkips<E, AnnouncedMessage>(types, logger);
  return follower.follow(topicsOf(types), {
    onMessage(message) {
      const event = read(message);
      if (event) onEvent(event);
    },
    onReset,
    onAnnounced(message) {
      const event = readAnnounced(message);
      if (event) onAnnounced?.(event);
    },
  });
}

/** Reads messages of the types' topics; logs and skips what cannot be read. */
export function readerThatSkips<E extends EventType, M extends AnnouncedMessage & Partial<StoredMessage>>(
  types: readonly E[],
  logger: Logger,
): (message: M) => Received<E, M> | undefined {
  const read = reader(types);
  return (message) => {
    try {
      return read(message);
    } catch (error) {
      if (!(error instanceof UnreadableEventError)) throw error;
      const { topic, position, id } = message;
      logger.error({ err: error, topic, position, id }, 'skipped an event that cannot be read');
      return undefined;
    }
  };
}

export function topicsOf(types: readonly EventType[]): string[] {
  return types.map(({ name }) => name);
}

function reader<E extends EventType>(types: readonly E[]) {
  const byTopic = new Map<string, E>(types.map((type) => [type.name, type]));
  return <M extends AnnouncedMessage>(message: M): Received<E, M> => {
    const type = byTopic.get(message.topic);
    if (!type) throw new UnreadableEventError(`no event is declared for the topic ${message.topic}`);
    // The type that was found by its name reads data of that name.
    return { name: type.name, data: type.read(message), message } as Received<E, M>;
  };
}
