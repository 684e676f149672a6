import type { Meow } from '../meow/meow.ts';
import type { Metadata } from '../message/capabilities.ts';
import type { Outbox, OutboxEntry } from '../outbox/outbox.ts';
import type { AddressHash, ModerationRepository } from './moderation-repository.ts';
import type { Connections } from './sql.ts';

/** There is no space for more meows. */
export class StorageFullError extends Error {
  override name = 'StorageFullError';
}

/** A meow, and the headers of its event. */
export interface MeowToInsert {
  readonly meow: Meow;
  readonly headers: Metadata;
  /** Within an hour, only the first meow with the same key is stored. */
  readonly idempotencyKey?: string;
  /** Of the address that posts it; kept until the meow or its `AddressKey` is deleted. */
  readonly addressHash?: AddressHash;
}

export interface InsertedMeow {
  /** The meow's own, or that of the meow that came first with the same idempotency key. */
  readonly id: string;
  /** Its `meow.created` in the outbox; absent when the meow was stored earlier. */
  readonly event?: OutboxEntry;
  /** The meow that came first has another body: this one is not stored. */
  readonly keyTaken?: true;
}

/**
 * The meows, and in the outbox their events: both are durable when a method resolves. Methods may be called
 * concurrently. They reject within the configured timeout when the database is unavailable; nothing is
 * retried here.
 */
export interface MeowRepository {
  /** Resolves if the database answers; rejects with the reason if not. */
  ping(): Promise<void>;
  /**
   * Applies the migrations that the database lacks. Safe to repeat, also by several processes concurrently. A
   * user that may not create tables leaves that to their owner. Rejects with `UnknownSchemaError` when this
   * version cannot work on the schema.
   */
  migrate(): Promise<void>;

  insertMeow(meow: Meow, headers?: Metadata): Promise<void>;
  /**
   * All or nothing, in one statement. Rejects as a whole if one meow cannot be stored. `dueAfterMs`: how long
   * the caller itself has to publish the events before the relay's sweep does. Default 0.
   */
  insertMeows(meows: readonly MeowToInsert[], options?: { dueAfterMs?: number }): Promise<InsertedMeow[]>;
  /** Deletes keys one hour after they have expired, when no insert reads them any more. */
  deleteExpiredIdempotencyKeys(): Promise<void>;

  /**
   * Opaque version of the readable data: while it is the same, so is the data. It may also change without the
   * data. Much cheaper than reading a page.
   */
  dataVersion(): Promise<string>;
  /** Newest first (`id` descending). Includes every insert that resolved before the call. */
  listMeows(skip: number, take: number): Promise<Meow[]>;
  /** Newest first, only meows with an id below `id`. The cost does not grow with the depth. */
  listMeowsBefore(id: string, take: number): Promise<Meow[]>;
  /** Oldest first (`id` ascending), only meows with an id above `id`; `''` starts at the first. */
  listMeowsAfter(id: string, take: number): Promise<Meow[]>;
  /**
   * Deletes meows, writes down that they are deleted, and adds `meow.deleted` for each to the outbox, in one
   * transaction. Reports and address hashes go with them. Ids that are unknown are written down as well: an
   * index or a backup may still hold them. Resolves to the ids that were there.
   */
  deleteMeows(ids: readonly string[], headers?: Metadata): Promise<Set<string>>;
  /** The ids among these that were deleted. */
  findDeleted(ids: readonly string[]): Promise<Set<string>>;
  /** Ids that were deleted, ascending, only those above `id`. */
  listDeletedAfter(id: string, take: number): Promise<string[]>;
  findMeow(id: string): Promise<Meow | undefined>;
  /** The ids among these that are there. */
  findIds(ids: readonly string[]): Promise<Set<string>>;
  countMeows(): Promise<number>;

  /** Of a pool. */
  connections?(): Connections;

  readonly outbox: Outbox;
  readonly moderation: ModerationRepository;

  /** Waits for running statements, then closes the connections. May be called twice. */
  close(): Promise<void>;
}
