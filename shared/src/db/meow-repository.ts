import type { Meow } from '../schema/meow.ts';

/** Travels with an event, e.g. `x-request-id`, `traceparent`. */
export type EventHeaders = Readonly<Record<string, string>>;

/** A meow together with the headers that its event is to carry. */
export interface MeowToInsert {
  readonly meow: Meow;
  readonly headers: EventHeaders;
  /** Within an hour, only the first meow with the same key is stored. */
  readonly idempotencyKey?: string;
}

/**
 * The meows, and the duty to publish each (the outbox): both are durable when an insert resolves.
 * Methods may be called concurrently. A part that is away rejects within the configured timeout; nothing is retried here.
 */
export interface MeowRepository {
  /** Resolves once it can answer; rejects with the reason. */
  ping(): Promise<void>;
  /** Creates what is missing of the schema. Safe to run again, also by several processes at once. */
  migrate(): Promise<void>;

  insertMeow(meow: Meow, headers?: EventHeaders): Promise<void>;
  /**
   * All or nothing, in one statement. Rejects as a whole if one meow cannot be stored. Resolves to the id under which each is stored: its own, or that
   * of the meow that came first with the same idempotency key.
   */
  insertMeows(meows: readonly MeowToInsert[]): Promise<string[]>;
  /** Removes idempotency keys that count no more, an hour after that: nobody is reading them any longer. */
  deleteExpiredIdempotencyKeys(): Promise<void>;

  /**
   * A word for what can be read now. While it is the same, so is everything that can be read; it may change when nothing has. Much cheaper than
   * reading a page.
   */
  dataVersion(): Promise<string>;
  /** Newest first (`id` descending). An insert that resolved before the call is included. */
  listMeows(skip: number, take: number): Promise<Meow[]>;
  /** Newest first, only those with an id below `id`. Cost does not grow with depth. */
  listMeowsBefore(id: string, take: number): Promise<Meow[]>;
  /** Oldest first (`id` ascending), only those with an id above `id`; `''` begins at the first. */
  listMeowsAfter(id: string, take: number): Promise<Meow[]>;
  findMeow(id: string): Promise<Meow | undefined>;
  countMeows(): Promise<number>;

  /** The events that are still owed to the broker. */
  readonly outbox: Outbox;

  /** Waits for what is running, then frees the connections. May be called twice. */
  close(): Promise<void>;
}

/** Meows whose event has not been confirmed by the broker yet. */
export interface Outbox {
  /**
   * Takes up to `take` entries that are older than `olderThanMs`, oldest first, and that nobody else has taken; hands
   * them to `publish`; removes them when that resolves. When it rejects they stay, and so does this. Several processes may call it at once:
   * no entry is handed to two of them at the same time. Resolves to the number of entries removed.
   */
  relay(
    options: { take: number; olderThanMs: number },
    publish: (entries: readonly MeowToInsert[]) => Promise<void>,
  ): Promise<number>;
  /** Removes entries whose events are confirmed; ids that are not there are passed over. */
  remove(ids: readonly string[]): Promise<void>;
  /** Which of these ids are still owed, also when somebody is publishing them right now. */
  pending(ids: readonly string[]): Promise<Set<string>>;
  count(): Promise<number>;
  /** Gives the space of removed entries to new ones. Cheap; worth it after some ten thousand removals. Does nothing while another call does it. */
  vacuum(): Promise<void>;
}
