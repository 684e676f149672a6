import { z } from 'zod';

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

/** A meow as it crosses every wire: HTTP answers, events, WebSocket frames, the index. */
export const meowJson = z.object({
  id: z.string().min(1),
  /** HTML-escaped, as it is stored. */
  body: z.string(),
  /** A `Timestamp`. */
  created_at: z.string().min(1),
});

export type MeowJson = z.infer<typeof meowJson>;

export function meowToJson(meow: Meow): MeowJson {
  return { id: meow.id, body: meow.body, created_at: meow.createdAt };
}

export function meowFromJson({ id, body, created_at: createdAt }: MeowJson): Meow {
  return { id, body, createdAt };
}
