/** What clients observed during a run. The checker judges this and nothing else. */
export interface History {
  posts: readonly Post[];
  /** All pages of `GET /meows`, read after the system was drained. */
  listed: readonly StoredMeow[];
  /** Every document of the search index. */
  indexed: readonly StoredMeow[];
  searches: readonly Search[];
  pages: readonly PageHistory[];
}

/** A text that was posted once, or repeatedly under the same `Idempotency-Key`. */
export interface Post {
  /** As typed; every text is unique. */
  text: string;
  /** The id from the 200 answer; absent if there was none. */
  id?: string;
}

export interface StoredMeow {
  id: string;
  /** Escaped, as it is stored. */
  body: string;
}

/** A `GET /search` for the unique word of a meow. */
export interface Search {
  /** The id of that meow. */
  id: string;
  /** The ids of the results with the same body. */
  found: readonly string[];
}

/** What one simulated browser received, in order. */
export interface PageHistory {
  name: string;
  events: readonly PageEvent[];
}

export type PageEvent =
  /** Without a cursor the page may have missed meows: a `list` has to follow. */
  | { kind: 'connected'; cursor?: number }
  | { kind: 'meow'; seq: number; id: string }
  /** The server's request to fetch the list again: a `list` has to follow. */
  | { kind: 'refetch' }
  /** The list was fetched, newest first, from before everything that could be missing. */
  | { kind: 'list'; ids: readonly string[] };
