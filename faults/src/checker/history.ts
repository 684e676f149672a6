/** What a run has seen from outside. The checker judges this and nothing else. */
export interface History {
  posts: readonly Post[];
  /** `GET /meows`, all pages, after everything has come to rest. */
  listed: readonly Found[];
  /** Every document of the search index. */
  indexed: readonly Found[];
  /** What `GET /search` gave for the words of some meows. */
  searches: readonly Search[];
  pages: readonly PageHistory[];
}

/** One text that was posted; each is posted once, or again under the same `Idempotency-Key`. */
export interface Post {
  /** As typed; no two are the same. */
  text: string;
  /** Answered with 200 and this id. */
  id?: string;
}

/** A meow that was found somewhere. */
export interface Found {
  id: string;
  /** As it came: escaped. */
  body: string;
}

export interface Search {
  /** The meow that was searched for. */
  id: string;
  /** Those of the results that have its body. */
  found: readonly string[];
}

/** What one browser-like client has seen, in order. */
export interface PageHistory {
  name: string;
  events: readonly PageEvent[];
}

export type PageEvent =
  /** Without a cursor it knows nothing of what came before: a `list` follows. */
  | { kind: 'connected'; cursor?: number }
  | { kind: 'meow'; seq: number; id: string }
  /** The server's "fetch the list again": a `list` follows. */
  | { kind: 'refetch' }
  /** The list was fetched, newest first, back to before everything that could be missing. */
  | { kind: 'list'; ids: readonly string[] };
