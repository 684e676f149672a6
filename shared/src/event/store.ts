import type { EventHeaders } from '../db/meow-repository.ts';
import type { ConsumeOptions, History, Subscription } from '../message/broker.ts';
import type { Publisher } from '../message/capabilities.ts';
import type { Settleable } from '../message/message.ts';
import type { Meow } from '../schema/meow.ts';

/** The fact that a meow was created, at its position in the history. */
export interface MeowCreated {
  readonly meow: Meow;
  readonly headers: EventHeaders;
  /** See `SequencedMessage.seq`. */
  readonly seq: number;
}

/** A `MeowCreated` delivered to one member of a group; see `Delivery`. */
export interface MeowCreatedDelivery extends MeowCreated, Settleable {}

/** The domain's events, typed, on a `Broker`; with the promises of `Publisher` and `Subscriber`. */
export interface EventStore extends Publisher {
  publishMeowCreated(meow: Meow, headers?: EventHeaders): Promise<void>;

  /**
   * The original's channel: every event from now on, until `break` or `close`. Throws when more than `limit`
   * events wait unread.
   */
  subscribeMeowCreated(limit?: number): AsyncIterableIterator<MeowCreated>;
  /**
   * The original's callback: every event from now on, in order, to every subscriber. `onReset`: see
   * `Subscriber.follow`.
   */
  onMeowCreated(
    handler: (event: MeowCreated) => void,
    onReset?: () => void,
  ): Promise<Subscription & { readonly from: number }>;
  /**
   * Each event is delivered to one member of the group. An event that cannot be parsed becomes a dead letter.
   */
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
