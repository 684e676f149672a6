/**
 * A point in time as RFC 3339 in UTC with exactly six fractional digits, `2026-11-21T02:43:32.123456Z`.
 * A string, because `Date` would lose the microseconds that Postgres keeps.
 */
export type Timestamp = string;

/** A short anonymous message. Never changed once written. */
export interface Meow {
  /** KSUID of the creation time; `id` descending is newest first. */
  readonly id: string;
  /** The text, HTML-escaped as in the original (see `escapeHtml`). */
  readonly body: string;
  readonly createdAt: Timestamp;
}

/** A meow as it crosses every wire: HTTP answers, events, WebSocket frames. */
export interface MeowJson {
  id: string;
  body: string;
  created_at: Timestamp;
}

export function meowToJson(meow: Meow): MeowJson {
  return { id: meow.id, body: meow.body, created_at: meow.createdAt };
}

/** Reads a meow from a wire. Throws `TypeError` naming the first field that is missing or not a string. */
export function meowFromJson(json: unknown): Meow {
  if (typeof json !== 'object' || json === null) throw new TypeError('a meow must be a JSON object');
  // Any object has unknown properties.
  const { id, body, created_at: createdAt } = json as Record<string, unknown>;
  if (typeof id !== 'string' || id === '') throw new TypeError('a meow needs the string `id`');
  if (typeof body !== 'string') throw new TypeError('a meow needs the string `body`');
  if (typeof createdAt !== 'string') throw new TypeError('a meow needs the string `created_at`');
  return { id, body, createdAt };
}
