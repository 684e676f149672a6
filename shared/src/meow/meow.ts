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

const DIGITS_OF_ID = 'A KSUID of the creation time: `id` descending is newest first';

/** A meow as it crosses every wire: HTTP answers, events, WebSocket frames, the index. */
export const meowJson = z
  .object({
    id: z
      .string()
      .min(1)
      .meta({ description: DIGITS_OF_ID, examples: ['3HwVJ2bqz0Jn9Rt4vYt1mKcW8sD'] }),
    body: z
      .string()
      .meta({ description: 'The text, HTML-escaped', examples: ['I can haz &#34;cheezburger&#34;?'] }),
    created_at: z
      .string()
      .min(1)
      .meta({ description: 'UTC, RFC 3339 with microseconds', examples: ['2026-11-21T02:43:32.123456Z'] }),
  })
  .meta({ id: 'Meow' });

export type MeowJson = z.infer<typeof meowJson>;

export function meowToJson(meow: Meow): MeowJson {
  return { id: meow.id, body: meow.body, created_at: meow.createdAt };
}

export function meowFromJson({ id, body, created_at: createdAt }: MeowJson): Meow {
  return { id, body, createdAt };
}
