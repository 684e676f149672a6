import type { Meow } from '../meow/meow.ts';

/** How far a search can reach, `skip + take`. The engine sorts as many candidates for every search. */
export const MAX_SEARCH_DEPTH = 1000;

/** The engine cannot be reached, is overloaded or did not respond in time: try again later. */
export class SearchUnavailableError extends Error {
  override name = 'SearchUnavailableError';
}

/** The index does not exist (any more). `prepare` creates it, and it has to be filled again. */
export class IndexMissingError extends SearchUnavailableError {
  override name = 'IndexMissingError';
}

/** What a search has found. */
export interface SearchResult {
  meows: Meow[];
  /**
   * Whether the index that was searched held every meow. While it is being filled it does not, and matches
   * may be missing.
   */
  complete: boolean;
}

/** The result for one meow of a batch. */
export type IndexOutcome =
  | { status: 'indexed' }
  /** The engine was too busy for this one (429, 503): try again later. */
  | { status: 'busy'; reason: string }
  /** The engine will never accept it. */
  | { status: 'refused'; reason: string };

/** Throws the `RangeError` of `searchMeows`. */
export function checkDepth(skip: number, take: number): void {
  if (skip + take > MAX_SEARCH_DEPTH) throw new RangeError(`skip + take is more than ${MAX_SEARCH_DEPTH}`);
}

/**
 * The full-text index of the meows: a view of the database, from which it can be rebuilt at any time. Text is
 * matched as it was typed: bodies are unescaped for indexing, and returned escaped, as they were inserted.
 */
export interface SearchRepository {
  /** Resolves if the engine responds; rejects with `SearchUnavailableError`. */
  ping(): Promise<void>;
  /** Finds the index in use, or creates an empty one. */
  prepare(): Promise<PreparedIndex>;

  /**
   * Resolves once the meow can be found. Replaces the meow with the same id. Rejects with
   * `SearchUnavailableError` when the engine is unavailable or too busy, with `IndexMissingError` when the
   * index is missing, and with another error when the meow is refused.
   */
  insertMeow(meow: Meow): Promise<void>;
  /**
   * Resolves to one outcome for each meow, in order. Indexed meows are durable, and can be found after the
   * refresh interval. Rejects with `SearchUnavailableError` when the engine did not respond, and with
   * `IndexMissingError` when the index is missing.
   */
  insertMeows(meows: readonly Meow[]): Promise<IndexOutcome[]>;
  /**
   * Deletes meows from the index in use; skips ids that are not there. After the refresh interval they cannot
   * be found. Rejects with `SearchUnavailableError` when not all are deleted, with `IndexMissingError` when
   * the index is missing.
   */
  deleteMeows(ids: readonly string[]): Promise<void>;

  /**
   * Best match first, equal scores newest first; `skip + take` at most `MAX_SEARCH_DEPTH`, or a `RangeError`.
   * A word matches with typing errors (one in words of 3 to 5 letters, two in longer ones up to 40; two
   * swapped letters are one error; the first letter must be right), regardless of case and diacritics. The
   * last word of the query, if it has 3 letters, also matches words that begin with it. Any word may match;
   * more words rank higher, then words spelled right, then rare words, then words that only begin right.
   * There is no query syntax. The first 140 code points of a query are read, and the first 10 different words
   * of these; without a word nothing is found. Rejects with `SearchUnavailableError`.
   */
  searchMeows(query: string, skip: number, take: number): Promise<Meow[]>;
  /**
   * The same, and whether the index was complete. The search itself reads that from the index: another
   * process may have deleted and refilled it.
   */
  searchWithCompleteness(query: string, skip: number, take: number): Promise<SearchResult>;

  /** Which of these ids are in the index. */
  findIds(ids: readonly string[]): Promise<Set<string>>;
  /** Ids in the index, ascending, only those above `id`. */
  listIdsAfter(id: string, take: number): Promise<string[]>;
  count(): Promise<number>;
  /** When it resolves, everything indexed so far can be found. */
  refresh(): Promise<void>;

  /** Creates a second index, which is not in use yet. */
  rebuild(): Promise<Rebuild>;
  /** Deletes the indexes that interrupted rebuilds have left: no deletion reaches the meows in them. */
  deleteLeftovers(): Promise<void>;

  /** The fullest disk of the engine. Rejects with `SearchUnavailableError`. */
  disk?(): Promise<{ readonly availableBytes: number; readonly sizeBytes: number }>;

  /** Frees the connections. May be called twice. */
  close(): Promise<void>;
}

/** The index in use, as `prepare` has found it. */
export interface PreparedIndex {
  /**
   * Whether it holds every meow. A new index does not until it has been filled from the database and
   * `setComplete` has recorded so. The record belongs to the index: it is gone with it, and another process
   * reads the same.
   */
  readonly complete: boolean;
  /**
   * Records it. Rejects with `IndexMissingError` when another index is in use by now, which has not been
   * filled.
   */
  setComplete(complete: boolean): Promise<void>;
  /**
   * Up to where of the broker's history the index has been fed, in the broker's notation. Belongs to the
   * index as well; a rebuilt index takes over that of the old one.
   */
  readonly checkpoint: string | undefined;
  setCheckpoint(checkpoint: string): Promise<void>;
}

/** A new index that is filled while the old one is in use. Ends with `swap` or `abandon`. */
export interface Rebuild {
  /** As in `SearchRepository`. Rejects with `IndexMissingError` when the new index is missing. */
  insertMeows(meows: readonly Meow[]): Promise<IndexOutcome[]>;
  /**
   * Puts the new index in use, with everything that was inserted into the old one since `rebuild()`, and
   * deletes the old one. Searches and inserts go on meanwhile; later inserts go into the new index. When it
   * rejects it may be called again.
   *
   * The new index is complete once the last meow has been copied and then `beforeComplete` has resolved. If
   * the process ends before, or the old index has been lost with what was inserted into it, the new one stays
   * incomplete and has to be filled.
   */
  swap(beforeComplete?: () => Promise<void>): Promise<void>;
  /** Deletes the new index; the old one stays in use. */
  abandon(): Promise<void>;
}
