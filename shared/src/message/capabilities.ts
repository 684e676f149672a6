import type { Closable } from '../async/closable.ts';

/**
 * Text values by name. Names are lower case. CloudEvents attributes are named `ce-…` here; a broker writes
 * them as its binding defines.
 */
export type Metadata = Readonly<Record<string, string>>;

/** A message as it is published. It never changes afterwards. */
export interface Message {
  /** Unique in its topic. A broker with a dedupe window stores the same id once within it. */
  readonly id: string;
  /**
   * Messages with the same key are delivered in the order of publishing. Without a key no order is promised.
   */
  readonly key?: string | undefined;
  readonly metadata: Metadata;
  readonly payload: Uint8Array;
}

/** A place in a topic, in its broker's own notation. Only that broker reads it. */
export type Position = string;

/** A message of a topic, whether its broker has stored it or not. */
export interface AnnouncedMessage extends Message {
  readonly topic: string;
}

/** A message that a broker holds. */
export interface StoredMessage extends AnnouncedMessage {
  readonly position: Position;
  /** When the broker stored it. */
  readonly publishedAt: Date;
}

/** A message of a broker that has one total order over the topics of a stream. */
export interface SequencedMessage extends StoredMessage {
  /**
   * Grows strictly with every message, also when the history was lost and recreated: the numbers of two
   * histories never overlap. A safe integer. Gaps are allowed.
   */
  readonly seq: number;
}

/**
 * A message delivered to one member of a group. Exactly one of `ack`, `nack`, `reject` settles it; settling
 * again does nothing. One that is not settled within the broker's ack wait is delivered again.
 */
export interface Delivery extends StoredMessage {
  /** 1 for the first delivery. A broker that cannot count reports 1 each time (see its table of features). */
  readonly attempt: number;
  ack(): void;
  /**
   * "Not now": delivered again after about `delayMs` (default: 100 ms, doubling with each attempt to 30 s),
   * perhaps to another member.
   */
  nack(delayMs?: number): void;
  /**
   * "Never": stored among the dead letters of the group, and not delivered to it again. Resolves to true when
   * that is done. Never rejects: when the dead letter cannot be stored, it logs that, nacks the message, and
   * resolves to false.
   */
  reject(reason: string): Promise<boolean>;
}

/** Something is unavailable now: the same may succeed later. */
export class UnavailableError extends Error {
  override name = 'UnavailableError';
  /** How long to wait before the next attempt, if that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * The broker cannot be reached or did not confirm in time. What was published may or may not be stored:
 * publish again with the same ids.
 */
export class BrokerUnavailableError extends UnavailableError {
  override name = 'BrokerUnavailableError';
}

/**
 * The broker will never take this message, or a handler will never be able to handle it. Retrying does not
 * help.
 */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

export interface Publisher {
  /**
   * Resolves when all messages are stored, in the order given. Rejects with `BrokerUnavailableError` when any
   * of them is not confirmed; publishing all of them again is then safe within the dedupe window. Rejects
   * with `RefusedError` when the broker permanently refuses one. The number of messages in flight is bounded,
   * so a call may wait for others.
   */
  publish(topic: string, messages: readonly Message[]): Promise<void>;
}

/** No handler is started after `close`; it resolves when those running have ended. */
export type Subscription = Closable;

export interface ConsumeOptions {
  /** Most deliveries in one batch. Default 500. */
  maxBatch?: number;
  /** Most batches handled at the same time. Default 1. */
  maxConcurrentBatches?: number;
  /**
   * Whether a further batch starts as soon as there is a message: none waits for the slowest of
   * another batch. Otherwise it starts when it is full, or when no batch is being handled. Default false.
   */
  eager?: boolean;
}

/**
 * Handles a batch. When it resolves, deliveries that it did not settle are acked; when it rejects, they are
 * nacked and the error is logged. `signal` aborts when the batch is revoked (the handler exceeded its time,
 * the partition was revoked); it does not abort because of `close`, which waits for handlers instead.
 */
export type BatchHandler = (batch: readonly Delivery[], signal: AbortSignal) => Promise<void>;

/** Each message goes to ONE member of a group. */
export interface Consumer {
  /**
   * Joins `group`. The group's progress outlives processes; a new group begins with the oldest message kept,
   * unless the broker's table of features differs. While the broker is unavailable the subscription waits,
   * retries and logs. Resolves once the group exists. All members of a group name the same topics; a broker
   * may demand that they share a stream.
   */
  consume(
    topics: readonly string[],
    group: string,
    handler: BatchHandler,
    options?: ConsumeOptions,
  ): Promise<Subscription>;
}

export interface FollowHandlers<M extends StoredMessage = StoredMessage> {
  /** Must not block. */
  onMessage(message: M): void;
  /**
   * Messages were lost to this follower: the history was cut or recreated. Called before the next message.
   */
  onReset(): void;
  /**
   * A message that cannot be stored for now, while its broker elects another leader. `onMessage` follows. Only some
   * brokers announce, and an announcement may be lost, repeated, or late. Must not block.
   */
  onAnnounced?(message: AnnouncedMessage): void;
}

/**
 * EVERY follower gets every message published from now on, in order, without gaps and doubles, also across
 * reconnects.
 */
export interface Follower<M extends StoredMessage = StoredMessage> {
  /** Resolves once messages published from now on will come. `from`: the position it follows. */
  follow(
    topics: readonly string[],
    handlers: FollowHandlers<M>,
  ): Promise<Subscription & { readonly from: Position }>;
}

/** What a topic still holds can be read again. */
export interface Log<M extends StoredMessage = StoredMessage> {
  /**
   * The next messages after a position, oldest first, at most `limit`; without a position, from the oldest
   * kept. Empty when there are none. Rejects with `BrokerUnavailableError`.
   */
  read(topics: readonly string[], after: Position | undefined, limit: number): Promise<M[]>;
  /** The position before the first message stored at `since` or later. */
  positionAt(topics: readonly string[], since: Date): Promise<Position>;
}

/** What can still be read of a history, in the numbers of `SequencedMessage.seq`. */
export interface History {
  /**
   * The number before the oldest message kept: a reader who has seen `start` has missed nothing that is gone.
   */
  start: number;
  /** The number of the newest message, `start` when there is none. */
  end: number;
}

/** The additions of a broker with a total order. */
export interface SequencedLog extends Log<SequencedMessage> {
  /** Of the order that these topics have in common. Rejects with `BrokerUnavailableError`. */
  history(topics: readonly string[]): Promise<History>;
  /** The position of a number, for `read`. */
  positionOf(seq: number): Position;
  /** The number of a position. */
  seqOf(position: Position): number;
}

/** What a broker reports about messages that a group has missed. */
export interface LossReport {
  /** Messages may have been dropped before the group settled them: limits, or a lost history. */
  readonly lost: boolean;
  /** Up to here nothing is missing any more. For the next call; only this broker reads it. */
  readonly checkpoint: string;
}

/** A broker with a limited history may drop messages that a group has not handled. */
export interface LossDetector {
  /**
   * Whether `group` has missed messages since the checkpoint of an earlier call; without one, not.
   * A group that does not exist yet has settled nothing. Rejects with `BrokerUnavailableError`.
   */
  detectLoss(topics: readonly string[], group: string, since: string | undefined): Promise<LossReport>;
}

/** How far a group is behind. */
export interface Lag {
  /** That it has not settled. */
  readonly messages: number;
  /** Since the oldest of them was published; 0 without any. */
  readonly oldestAgeMs: number;
}

/** A broker that knows how far its groups are behind. */
export interface LagReader {
  /**
   * Of a group that consumes these topics; one that does not exist yet has settled nothing. Rejects with
   * `BrokerUnavailableError`.
   */
  lag(topics: readonly string[], group: string): Promise<Lag>;
}

/** How much a broker stores of what it may. */
export interface StorageReader {
  /** By stream. Rejects with `BrokerUnavailableError`. */
  storage(): Promise<Readonly<Record<string, { readonly bytes: number; readonly limitBytes: number }>>>;
}

/** Removes messages permanently, e.g. because they hold what a person wants erased. */
export interface Eraser {
  /**
   * Removes the messages with these ids that were stored at `since` or later, from the topic and from the
   * dead letters. Afterwards they are neither read, delivered nor retried. Resolves to how many were removed.
   * Safe to repeat.
   */
  erase(topic: string, ids: ReadonlySet<string>, since: Date): Promise<number>;
}

/** A message that a group rejected, and why. */
export interface DeadLetter extends Message {
  /** Names it for `retry` and `drop`. */
  readonly position: Position;
  readonly group: string;
  readonly reason: string;
  /** How often it was delivered before it was rejected. */
  readonly attempts: number;
  readonly origin: { readonly topic: string; readonly position: Position };
  readonly rejectedAt: Date;
}

/** The dead letter does not exist, or no longer: it was retried or dropped. */
export class NoSuchDeadLetterError extends Error {
  override name = 'NoSuchDeadLetterError';

  constructor(position: Position) {
    super(`there is no dead letter ${position}`);
  }
}

/**
 * The messages that groups rejected. They stay until they are retried or dropped; a full store refuses more,
 * and the message is delivered again later.
 */
export interface DeadLetters {
  list(): Promise<DeadLetter[]>;
  /**
   * Delivers it again to the group that rejected it, and to no other. Rejects with `NoSuchDeadLetterError`.
   */
  retry(position: Position): Promise<void>;
  /** Rejects with `NoSuchDeadLetterError`. */
  drop(position: Position): Promise<void>;
  count(): Promise<number>;
}

/** What every connection to a broker has. */
export interface Connection {
  /** Resolves once the broker can answer; rejects with the reason. */
  ping(): Promise<void>;
  /**
   * Closes subscriptions and the connection. What `publish` has accepted is settled first. May be called
   * twice.
   */
  close(): Promise<void>;
}

/** All capabilities. Code asks for those it needs. */
export interface Broker
  extends Publisher,
    Consumer,
    Follower<SequencedMessage>,
    SequencedLog,
    LossDetector,
    LagReader,
    Eraser,
    Connection {
  readonly deadLetters: DeadLetters;
}
