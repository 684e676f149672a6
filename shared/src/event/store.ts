import type { EventHeaders, MeowToInsert } from '../db/meow-repository.ts';
import type { ConsumeOptions, History, Subscription } from '../message/broker.ts';
import type { Meow } from '../schema/meow.ts';

/** A header of events that tell of a meow again, long after it was created: not news for anybody who watches. */
export const REPUBLISHED = 'x-republished';

/** The fact that a meow was created, at its position in the history. */
export interface MeowCreated {
  readonly meow: Meow;
  readonly headers: EventHeaders;
  /** See `SequencedMessage.seq`. */
  readonly seq: number;
}

/** A `MeowCreated` handed to one member of a group; see `Delivery`. */
export interface MeowCreatedDelivery extends MeowCreated {
  readonly attempt: number;
  ack(): void;
  nack(delayMs?: number): void;
  reject(reason: string): Promise<void>;
}

/** The domain's events, typed, over a `Broker`. Promises are those of `Publisher` and `Subscriber`. */
export interface EventStore {
  publishMeowCreated(meow: Meow, headers?: EventHeaders): Promise<void>;
  publishMeowsCreated(meows: readonly MeowToInsert[]): Promise<void>;

  /** The original's channel: every event from now on; ends with `break` or with `close`. At most `limit` wait unread; then it throws. */
  subscribeMeowCreated(limit?: number): AsyncIterableIterator<MeowCreated>;
  /** The original's callback: every event from now on, in order, to every subscriber. `onReset`: see `Subscriber.follow`. */
  onMeowCreated(
    handler: (event: MeowCreated) => void,
    onReset?: () => void,
  ): Promise<Subscription & { readonly from: number }>;
  /** One member of the group gets each event. An event that cannot be read goes to the dead letters, not to the handler. */
  consumeMeowCreated(
    group: string,
    handler: (batch: readonly MeowCreatedDelivery[]) => Promise<void>,
    options?: ConsumeOptions,
  ): Promise<Subscription>;

  history(): Promise<History>;
  /** The next events after the position, oldest first, at most `limit`; empty only when there are none. */
  readMeowCreated(after: number, limit: number): Promise<MeowCreated[]>;

  ping(): Promise<void>;
  close(): Promise<void>;
}
