import type { Delivery, Message, SequencedMessage } from './message.ts';

/** The broker cannot be reached or did not confirm in time. What was published may or may not be stored: publish again, same ids. */
export class BrokerUnavailableError extends Error {
  override name = 'BrokerUnavailableError';
}

export interface Publisher {
  /**
   * Resolves when all messages are stored by the broker, in the order given. Rejects with `BrokerUnavailableError` when any of them is not confirmed;
   * publishing all of them again is then safe within the dedupe window. Many are in flight at once; never more than
   * the configured bound, so a call may wait for others.
   */
  publish(topic: string, messages: readonly Message[]): Promise<void>;
}

export interface Subscription {
  /** No handler is started afterwards; resolves when those running have ended. May be called twice. */
  close(): Promise<void>;
}

/** The part of a topic's past that can still be read. */
export interface History {
  /** Position before the oldest message kept: a reader who has seen `start` has missed nothing that is gone. */
  start: number;
  /** Position of the newest message, `start` when there is none. */
  end: number;
}

export interface ConsumeOptions {
  /** Most deliveries in one batch. As many again may wait in the member meanwhile. Default 500. */
  maxBatch?: number;
  /**
   * Most batches that are handled at the same time; a further one only begins when it is full. Default 1. A broker may
   * have fewer under way.
   */
  maxAtOnce?: number;
}

/** Two ways to subscribe. Both survive the broker going away and coming back; they log and wait. */
export interface Subscriber {
  /**
   * Each message goes to ONE member of `group`; the group's progress outlives processes, and a group that is new begins with
   * the oldest message kept. `handler` gets what has gathered, in order, one batch at a time. When it resolves, deliveries that it did not
   * settle are acked; when it rejects, they are nacked with a growing delay and the error is logged. A handler that does not end
   * within the configured time loses its batch to other members. Resolves once the group exists;
   * while the broker is away it waits for it.
   */
  consume(
    topic: string,
    group: string,
    handler: (batch: readonly Delivery[]) => Promise<void>,
    options?: ConsumeOptions,
  ): Promise<Subscription>;

  /**
   * EVERY follower gets every message published from now on, in order, without gaps and without doubles (by position), also across
   * reconnects. When messages were lost to this follower (the history was cut or begun anew while it was away), `onReset` is
   * called before the next message. `handler` must not block. Resolves to the position from which it follows: messages with a greater `seq` will come.
   */
  follow(
    topic: string,
    handlers: { onMessage: (message: SequencedMessage) => void; onReset: () => void },
  ): Promise<Subscription & { readonly from: number }>;

  /** What `read` can reach. Rejects with `BrokerUnavailableError`. */
  history(topic: string): Promise<History>;

  /** The next messages after the position, oldest first, at most `limit`; empty when there are none. Rejects with `BrokerUnavailableError`. */
  read(topic: string, after: number, limit: number): Promise<SequencedMessage[]>;
}

/** A message that could not be handled, and why. */
export interface DeadLetter extends SequencedMessage {
  readonly reason: string;
  /** Topic and position where it came from. */
  readonly origin: { topic: string; seq: number };
  /** RFC 3339. */
  readonly rejectedAt: string;
}

/** The dead letter does not exist, or no longer: somebody else has retried or dropped it. */
export class NoSuchDeadLetterError extends Error {
  override name = 'NoSuchDeadLetterError';

  constructor(seq: number) {
    super(`there is no dead letter ${seq}`);
  }
}

/** The messages that a group rejected. They stay until someone decides. */
export interface DeadLetters {
  list(): Promise<DeadLetter[]>;
  /** Publishes it to its topic again, for all groups, and removes it from here. Rejects with `NoSuchDeadLetterError`. */
  retry(seq: number): Promise<void>;
  drop(seq: number): Promise<void>;
  count(): Promise<number>;
}

export interface Broker extends Publisher, Subscriber {
  readonly deadLetters: DeadLetters;
  /** Resolves once it can answer; rejects with the reason. */
  ping(): Promise<void>;
  /** Closes subscriptions and the connection. What `publish` has accepted is settled first. May be called twice. */
  close(): Promise<void>;
}
