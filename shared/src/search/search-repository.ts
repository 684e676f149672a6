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

/** What a search has found. */
export interface SearchResult {
  meows: Meow[];
  /** Whether the index that was searched held every meow. While it is being filled it does not, and matches may be missing. */
  complete: boolean;
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
  /** Finds the index in use, or creates an empty one. */
  prepare(): Promise<PreparedIndex>;

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
  /** The same, with whether the index was complete: read from the index by the search itself, whichever process has filled or deleted it. */
  searchWithCompleteness(query: string, skip: number, take: number): Promise<SearchResult>;

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

/** The index in use, as `prepare` has found it. */
export interface PreparedIndex {
  /**
   * Whether it holds every meow. A new index does not until it has been filled from the database and `setComplete` has recorded so. The record
   * belongs to the index: it is gone with it, and another process reads the same.
   */
  readonly complete: boolean;
  /** Records it. Rejects with `IndexMissingError` when another index is in use by now, which has not been filled. */
  setComplete(complete: boolean): Promise<void>;
}

/** A new index being filled while the old one serves. Ends with `swap` or `abandon`. */
export interface Rebuild {
  /** As in `SearchRepository`. Rejects with `IndexMissingError` when the new index is gone. */
  insertMeows(meows: readonly Meow[]): Promise<IndexOutcome[]>;
  /**
   * From here on the new index serves, with everything that was inserted into the old one since `rebuild()`; the old one is removed. Searches and inserts
   * go on meanwhile. What is inserted elsewhere afterwards goes to the new one. When it rejects it may be called again.
   *
   * The new index is complete after the last copy, and not before: if the process ends in between, or the old index has been lost with
   * what was inserted into it, it stays incomplete, to be filled like any other.
   */
  swap(): Promise<void>;
  /** Removes the new index; the old one goes on. */
  abandon(): Promise<void>;
}
