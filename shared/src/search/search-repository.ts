import type { Meow } from '../schema/meow.ts';

/** How far a search can reach, `skip + take`: what Elasticsearch allows by default. */
export const MAX_SEARCH_DEPTH = 10_000;

/** The engine cannot be reached, is overloaded or did not answer in time: try again later. */
export class SearchUnavailableError extends Error {
  override name = 'SearchUnavailableError';
}

/** The index does not exist (it was deleted under us): `prepare` and rebuild. Searching is unavailable until then. */
export class IndexMissingError extends SearchUnavailableError {
  override name = 'IndexMissingError';
}

/** What became of one meow of a batch. */
export type IndexOutcome =
  | { status: 'indexed' }
  /** The engine was too busy for this one (429, 503): try again later. */
  | { status: 'busy'; reason: string }
  /** The engine will never take it as it is. */
  | { status: 'refused'; reason: string };

/** Throws the `RangeError` of `searchMeows`. */
export function checkDepth(skip: number, take: number): void {
  if (skip + take > MAX_SEARCH_DEPTH) throw new RangeError(`skip + take is more than ${MAX_SEARCH_DEPTH}`);
}

/**
 * The full-text index of the meows: a view of what the database holds, which may be rebuilt from there at any time.
 * Text is matched as it was typed, so bodies are unescaped on the way in and come back escaped, as they were given.
 */
export interface SearchRepository {
  /** Resolves once it can answer; rejects with `SearchUnavailableError`. */
  ping(): Promise<void>;
  /**
   * Creates the index with its mapping if it is missing. Resolves to whether it is complete: a new index is not until it has been filled
   * from the database and `markComplete` has said so, which is kept with the index (an interrupted filling begins again).
   */
  prepare(): Promise<{ complete: boolean }>;
  /** The index in use holds everything. A rebuilt one is complete from its `swap` on. */
  markComplete(): Promise<void>;

  /**
   * Resolves once the meow can be found. An id that is there already is replaced. Rejects with `SearchUnavailableError` when the
   * engine is away or too busy, with `IndexMissingError` when the index is gone, and with another error when the meow is refused.
   */
  insertMeow(meow: Meow): Promise<void>;
  /**
   * One outcome for each meow, in order. Indexed ones are stored for good, and found within the refresh interval. Rejects with
   * `SearchUnavailableError` when there was no answer at all, and with `IndexMissingError` when the index is gone.
   */
  insertMeows(meows: readonly Meow[]): Promise<IndexOutcome[]>;

  /**
   * Best match first, equal scores newest first; `skip + take` at most `MAX_SEARCH_DEPTH`, or a `RangeError`. A word matches with typing errors (one in
   * words of 3 to 5 letters, two in longer ones up to 40; two letters swapped are one; the first letter must be right), whatever its case and diacritics; any word may match, more
   * words rank higher, then words spelled right, then rare ones. No query syntax. Of a query the first 140 code points
   * count, and of these the first 32 different words; without any word nothing is found. Rejects with `SearchUnavailableError`.
   */
  searchMeows(query: string, skip: number, take: number): Promise<Meow[]>;

  /** Which of these ids the index holds. For checks. */
  findIds(ids: readonly string[]): Promise<Set<string>>;
  count(): Promise<number>;
  /** Everything indexed so far can be found when it resolves. */
  refresh(): Promise<void>;

  /** Begins a second index beside the one in use, and removes what interrupted rebuilds have left. */
  rebuild(): Promise<Rebuild>;

  /** Frees the connections. May be called twice. */
  close(): Promise<void>;
}

/** A new index being filled while the old one serves. Ends with `swap` or `abandon`. */
export interface Rebuild {
  /** As in `SearchRepository`. Rejects with `IndexMissingError` when the new index is gone. */
  insertMeows(meows: readonly Meow[]): Promise<IndexOutcome[]>;
  /**
   * From here on the new index serves, with everything that was inserted elsewhere since `rebuild()`; the old one is removed.
   * Searches and inserts go on meanwhile. What is inserted elsewhere afterwards goes to the new one. When it rejects it may be called again.
   */
  swap(): Promise<void>;
  /** Removes the new index; the old one goes on. */
  abandon(): Promise<void>;
}
