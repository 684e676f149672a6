import type { Outbox, OutboxEntry } from '../outbox/outbox.ts';
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

export interface InsertedMeow {
  /** The meow's own, or that of the meow that came first with the same idempotency key. */
  readonly id: string;
  /** Its `meow.created` in the outbox; absent when the meow was stored earlier. */
  readonly event?: OutboxEntry;
}

/**
 * The meows, and in the outbox the events that tell of them: both are durable when a method resolves. Methods may be called concurrently. When the
 * database is unavailable they reject within the configured timeout; nothing is retried here.
 */
export interface MeowRepository {
  /** Resolves once it can answer; rejects with the reason. */
  ping(): Promise<void>;
  /** Creates what is missing of the schema. Safe to run again, also by several processes at once. */
  migrate(): Promise<void>;

  insertMeow(meow: Meow, headers?: EventHeaders): Promise<void>;
  /**
   * All or nothing, in one statement. Rejects as a whole if one meow cannot be stored. `dueAfterMs`: how long the caller itself has to publish the
   * events before the relay's sweep does. Default 0.
   */
  insertMeows(meows: readonly MeowToInsert[], options?: { dueAfterMs?: number }): Promise<InsertedMeow[]>;
  /** Deletes keys one hour after they have expired, when no insert reads them any more. */
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
  /**
   * Deletes meows, writes down that they are deleted, and adds `meow.deleted` for each to the outbox, in one transaction. Ids that are unknown are
   * written down as well: an index or a backup may still hold them. Resolves to the ids that were there.
   */
  deleteMeows(ids: readonly string[], headers?: EventHeaders): Promise<Set<string>>;
  /** Which of these ids were deleted. */
  findDeleted(ids: readonly string[]): Promise<Set<string>>;
  findMeow(id: string): Promise<Meow | undefined>;
  countMeows(): Promise<number>;

  readonly outbox: Outbox;

  /** Waits for what is running, then frees the connections. May be called twice. */
  close(): Promise<void>;
}
