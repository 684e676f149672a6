/** What clients observed during a run. The checker judges this and nothing else. */
export interface History {
  posts: readonly Post[];
  /** All pages of `GET /meows`, read after the system was drained. */
  listed: readonly StoredMeow[];
  /** Every document of the search index. */
  indexed: readonly StoredMeow[];
  searches: readonly Search[];
  pages: readonly PageHistory[];
  /** Pages that were opened after the system was drained, with an old cursor. */
  replays: readonly PageHistory[];
  /** The ids of the meows whose text the event stream or the dead letters hold. */
  streamed: readonly string[];
  sightings: readonly Sighting[];
}

/** A text that was posted once, or repeatedly under the same `Idempotency-Key`. */
export interface Post {
  /** As typed; every text is unique. */
  text: string;
  /** The id from the 200 answer; absent if there was none. */
  id?: string;
  /** Whether its deletion was requested, and whether it was answered with 204. */
  deletion?: 'requested' | 'answered';
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

/** A deleted meow in an answer to a request that was sent after the answer to its deletion. */
export interface Sighting {
  id: string;
  /** The request. */
  place: string;
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
  | { kind: 'deleted'; seq: number; id: string }
  /** The server's request to fetch the list again: a `list` has to follow. */
  | { kind: 'refetch' }
  /** The page begins to fetch the list. */
  | { kind: 'fetching' }
  /**
   * The list was fetched, newest first, down to the id `downTo`, from before everything that could be
   * missing.
   */
  | { kind: 'list'; ids: readonly string[]; downTo: string };
