/** Text values by name. Names are lower case. */
export type Metadata = Readonly<Record<string, string>>;

/** What is published: never changed afterwards. */
export interface Message {
  /**
   * Unique per topic; publishing the same id again within the broker's dedupe window stores nothing. A dead letter that is retried
   * keeps its id, so that those who are idempotent by id stay so.
   */
  readonly id: string;
  readonly metadata: Metadata;
  readonly payload: Uint8Array;
}

/** A message that has its place in a topic's history. */
export interface SequencedMessage extends Message {
  /**
   * Grows with every message of the topic, strictly, also when the history was lost and begun anew: positions of two
   * histories never overlap. A safe integer. Gaps are allowed.
   */
  readonly seq: number;
}

/**
 * A message handed to one member of a group. Exactly one of `ack`, `nack`, `reject` settles it; settling again does nothing.
 * One that is not settled within the broker's patience is handed out again.
 */
export interface Delivery extends SequencedMessage {
  /** 1 for the first time. */
  readonly attempt: number;
  ack(): void;
  /** "Not now": handed out again after about `delayMs` (without it: 100 ms, doubling with each attempt to 30 s), perhaps to another member. */
  nack(delayMs?: number): void;
  /**
   * "Never": goes to the dead letters with the reason and its origin, and is not handed out again. Never rejects: when the
   * dead letter cannot be stored, that is logged and the message is handed out again.
   */
  reject(reason: string): Promise<void>;
}
