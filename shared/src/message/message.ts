/** Text values by name. Names are lower case. */
export type Metadata = Readonly<Record<string, string>>;

/** What is published: never changed afterwards. */
export interface Message {
  /**
   * Unique per topic. Publishing the same id again within the broker's dedupe window stores nothing. A
   * retried dead letter keeps its id: handlers that are idempotent by id stay idempotent.
   */
  readonly id: string;
  readonly metadata: Metadata;
  readonly payload: Uint8Array;
}

/** A message at its position in a topic's history. */
export interface SequencedMessage extends Message {
  /**
   * Grows strictly with every message of the topic, also when the history was lost and a new one started:
   * positions of two histories never overlap. A safe integer. Gaps are allowed.
   */
  readonly seq: number;
}

/** Exactly one of `ack`, `nack`, `reject` settles a delivery; settling again does nothing. */
export interface Settleable {
  /** 1 for the first delivery. */
  readonly attempt: number;
  ack(): void;
  /**
   * Redelivers after about `delayMs` (default 100 ms, doubling with each attempt to 30 s), perhaps to another
   * member.
   */
  nack(delayMs?: number): void;
  /**
   * Stores the message as a dead letter, with the reason and its origin, and does not redeliver it. Resolves
   * to true when that is done. Never rejects: when the dead letter cannot be stored, it logs that, nacks the
   * message, and resolves to false.
   */
  reject(reason: string): Promise<boolean>;
}

/**
 * A message delivered to one member of a group. Redelivered when it is not settled within the broker's limit.
 */
export interface Delivery extends SequencedMessage, Settleable {}
