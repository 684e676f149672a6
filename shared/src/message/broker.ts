import type { Delivery, Message, SequencedMessage } from './message.ts';

/**
 * The broker cannot be reached or did not confirm in time. What was published may be stored or not: publish
 * it again under the same ids.
 */
export class BrokerUnavailableError extends Error {
  override name = 'BrokerUnavailableError';
}

export interface Publisher {
  /**
   * Resolves when the broker has stored all messages, in the given order. Rejects with
   * `BrokerUnavailableError` when one of them is not confirmed; publishing all of them again is then safe
   * within the dedupe window. The number of messages in flight is bounded: a call may wait for others.
   */
  publish(topic: string, messages: readonly Message[]): Promise<void>;
}

export interface Subscription {
  /** Starts no further handler. Resolves when the running ones have ended. May be called twice. */
  close(): Promise<void>;
}

/** The messages of a topic that can still be read. */
export interface History {
  /**
   * Position before the oldest message kept: a reader that has seen `start` has missed no deleted message.
   */
  start: number;
  /** Position of the newest message; `start` when there is none. */
  end: number;
}

export interface ConsumeOptions {
  /** Largest batch. While it is handled, as many deliveries again may wait in the member. Default 500. */
  maxBatch?: number;
  /**
   * Most batches that are handled concurrently. Another one starts only when it is full. Default 1. A broker
   * may handle fewer.
   */
  maxConcurrentBatches?: number;
}

export interface FollowHandlers {
  /** Must not block. */
  onMessage: (message: SequencedMessage) => void;
  onReset: () => void;
}

/** Two ways to subscribe. Both outlast an unavailable broker: they log it and wait. */
export interface Subscriber {
  /**
   * Each message is delivered to ONE member of `group`. The group's progress outlives processes; a new group
   * starts with the oldest message kept. `handler` gets the messages that have accumulated, in order, one
   * batch at a time. When it resolves, deliveries that it did not settle are acked; when it rejects, they are
   * nacked with a growing delay, and the error is logged. A handler that runs longer than the configured time
   * loses its batch to other members. Resolves once the group exists; waits while the broker is unavailable.
   */
  consume(
    topic: string,
    group: string,
    handler: (batch: readonly Delivery[]) => Promise<void>,
    options?: ConsumeOptions,
  ): Promise<Subscription>;

  /**
   * EVERY follower gets every message published from now on, in order, without gaps and duplicates (by
   * position), also across reconnects. When this follower has missed messages that are gone (the history was
   * cut, or a new one started, while it was disconnected), `onReset` is called before the next message.
   * Resolves to the position from which it follows: it gets the messages with a greater `seq`.
   */
  follow(topic: string, handlers: FollowHandlers): Promise<Subscription & { readonly from: number }>;

  /** The range that `read` can reach. Rejects with `BrokerUnavailableError`. */
  history(topic: string): Promise<History>;

  /**
   * The next messages after the position, oldest first, at most `limit`; empty when there are none. Rejects
   * with `BrokerUnavailableError`.
   */
  read(topic: string, after: number, limit: number): Promise<SequencedMessage[]>;
}

/** A message that could not be handled, and why. */
export interface DeadLetter extends SequencedMessage {
  readonly reason: string;
  /** The topic and position that it was rejected from. */
  readonly origin: { topic: string; seq: number };
  /** RFC 3339. */
  readonly rejectedAt: string;
}

/** The dead letter does not exist, or no longer: it was retried or dropped meanwhile. */
export class NoSuchDeadLetterError extends Error {
  override name = 'NoSuchDeadLetterError';

  constructor(seq: number) {
    super(`there is no dead letter ${seq}`);
  }
}

/**
 * The messages that groups rejected. They stay until they are retried or dropped. Their number is limited:
 * when the store is full, it keeps what it has and refuses new ones. A refused message is not lost: its group
 * gets it again, and the broker logs an error, at most once a minute. A group with too many of them
 * (`maxAckPending`) stops until there is room.
 */
export interface DeadLetters {
  list(): Promise<DeadLetter[]>;
  /**
   * Publishes it to its topic again, for all groups, and deletes it here. Rejects with
   * `NoSuchDeadLetterError`.
   */
  retry(seq: number): Promise<void>;
  drop(seq: number): Promise<void>;
  count(): Promise<number>;
}

export interface Broker extends Publisher, Subscriber {
  readonly deadLetters: DeadLetters;
  /** Resolves when the broker answers; rejects with the reason why it does not. */
  ping(): Promise<void>;
  /** Settles the calls of `publish`, then closes subscriptions and the connection. May be called twice. */
  close(): Promise<void>;
}
