import { createAsyncQueue } from '../async/async-queue.ts';
import type { Broker } from '../message/broker.ts';
import type { Delivery, SequencedMessage } from '../message/message.ts';
import type { Logger } from '../process/logger.ts';
import { meowFromJson } from '../schema/meow.ts';
import { publishMeowsCreated } from './meow-events.ts';
import type { EventStore, MeowCreated, MeowCreatedDelivery } from './store.ts';

/** The one topic, and subject in NATS. */
export const MEOW_CREATED = 'meow.created';

/** Unread events that one channel may hold before it fails. */
const CHANNEL_LIMIT = 10_000;

/** The domain's events on any broker. Closing the store closes the broker. */
export function createEventStore(broker: Broker, logger: Logger): EventStore {
  /** A follower or reader cannot reject an event that cannot be parsed: it is logged and skipped. */
  const parseOrSkip = (message: SequencedMessage): MeowCreated | undefined => {
    try {
      return parse(message);
    } catch (error) {
      logger.error(
        { err: error, seq: message.seq, messageId: message.id },
        'skipped an event that cannot be parsed',
      );
      return undefined;
    }
  };

  return {
    publish: (topic, messages) => broker.publish(topic, messages),
    publishMeowCreated: (meow, headers) => publishMeowsCreated(broker, [meow], headers),

    subscribeMeowCreated(limit = CHANNEL_LIMIT) {
      return createAsyncQueue<MeowCreated>(limit, (push) => this.onMeowCreated(push));
    },
    onMeowCreated(handler, onReset = () => undefined) {
      const onMessage = (message: SequencedMessage) => {
        const event = parseOrSkip(message);
        if (event) handler(event);
      };
      return broker.follow(MEOW_CREATED, { onMessage, onReset });
    },
    consumeMeowCreated(group, handler, options) {
      const onBatch = async (batch: readonly Delivery[]) => {
        const events: MeowCreatedDelivery[] = [];
        for (const delivery of batch) {
          try {
            events.push(toEventDelivery(delivery));
          } catch (error) {
            await delivery.reject(`cannot be parsed: ${(error as Error).message}`);
          }
        }
        if (events.length > 0) await handler(events);
      };
      return broker.consume(MEOW_CREATED, group, onBatch, options);
    },

    history: () => broker.history(MEOW_CREATED),
    async readMeowCreated(after, limit) {
      for (let position = after; ; ) {
        const messages = await broker.read(MEOW_CREATED, position, limit);
        const events = messages.flatMap((message) => parseOrSkip(message) ?? []);
        const last = messages.at(-1);
        if (events.length > 0 || !last) return events;
        position = last.seq;
      }
    },
    ping: () => broker.ping(),
    close: () => broker.close(),
  };
}

/** Throws when the message is not a meow. */
function parse({ payload, metadata, seq }: SequencedMessage): MeowCreated {
  const json = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
  return { meow: meowFromJson(JSON.parse(json)), headers: metadata, seq };
}

/** Throws when the message is not a meow. */
function toEventDelivery(delivery: Delivery): MeowCreatedDelivery {
  return {
    ...parse(delivery),
    attempt: delivery.attempt,
    ack: () => delivery.ack(),
    nack: (delayMs) => delivery.nack(delayMs),
    reject: (reason) => delivery.reject(reason),
  };
}
