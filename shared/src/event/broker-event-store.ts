import { channel } from '../async/async-queue.ts';
import type { EventHeaders, MeowToInsert } from '../db/meow-repository.ts';
import type { Broker } from '../message/broker.ts';
import type { Delivery, Message, SequencedMessage } from '../message/message.ts';
import type { Logger } from '../process/logger.ts';
import { type Meow, meowFromJson, meowToJson } from '../schema/meow.ts';
import type { EventStore, MeowCreated, MeowCreatedDelivery } from './store.ts';

/** The one topic, and subject in NATS. */
export const MEOW_CREATED = 'meow.created';

/** Unread events that one channel may hold before it fails. */
const CHANNEL_LIMIT = 10_000;

/** The domain's events on any broker. Closing it closes the broker. */
export function createEventStore(broker: Broker, logger: Logger): EventStore {
  /** For those that every subscriber gets there is nobody to give an unreadable one back to: logged and passed over. */
  const readOrSkip = (message: SequencedMessage): MeowCreated | undefined => {
    try {
      return read(message);
    } catch (error) {
      logger.error(
        { err: error, seq: message.seq, messageId: message.id },
        'passed over an event that cannot be read',
      );
      return undefined;
    }
  };

  return {
    publishMeowCreated: (meow, headers = {}) => broker.publish(MEOW_CREATED, [toMessage({ meow, headers })]),
    publishMeowsCreated: (meows) => broker.publish(MEOW_CREATED, meows.map(toMessage)),

    subscribeMeowCreated(limit = CHANNEL_LIMIT) {
      return channel<MeowCreated>(limit, (push) => this.onMeowCreated(push));
    },
    onMeowCreated(handler, onReset = () => undefined) {
      const onMessage = (message: SequencedMessage) => {
        const event = readOrSkip(message);
        if (event) handler(event);
      };
      return broker.follow(MEOW_CREATED, { onMessage, onReset });
    },
    consumeMeowCreated(group, handler, options) {
      const onBatch = async (batch: readonly Delivery[]) => {
        const events: MeowCreatedDelivery[] = [];
        for (const delivery of batch) {
          try {
            events.push(new EventDelivery(delivery));
          } catch (error) {
            await delivery.reject(`cannot be read: ${(error as Error).message}`);
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
        const events = messages.flatMap((message) => readOrSkip(message) ?? []);
        const last = messages.at(-1);
        if (events.length > 0 || !last) return events;
        position = last.seq;
      }
    },
    ping: () => broker.ping(),
    close: () => broker.close(),
  };
}

function toMessage({ meow, headers }: MeowToInsert): Message {
  return { id: meow.id, metadata: headers, payload: Buffer.from(JSON.stringify(meowToJson(meow))) };
}

function read({ payload, metadata, seq }: SequencedMessage): MeowCreated {
  const json = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
  return { meow: meowFromJson(JSON.parse(json)), headers: metadata, seq };
}

/** Throws when the event cannot be read. */
class EventDelivery implements MeowCreatedDelivery {
  readonly meow: Meow;
  readonly headers: EventHeaders;
  readonly seq: number;
  readonly attempt: number;
  readonly #delivery: Delivery;

  constructor(delivery: Delivery) {
    const { meow, headers, seq } = read(delivery);
    this.meow = meow;
    this.headers = headers;
    this.seq = seq;
    this.attempt = delivery.attempt;
    this.#delivery = delivery;
  }

  ack(): void {
    this.#delivery.ack();
  }

  nack(delayMs?: number): void {
    this.#delivery.nack(delayMs);
  }

  reject(reason: string): Promise<void> {
    return this.#delivery.reject(reason);
  }
}
