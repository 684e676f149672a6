import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { HttpError } from './errors.ts';

/** Most meows in one response. */
const MAX_TAKE = 1000;
const DEFAULT_TAKE = 100;

/** What `schema` makes of input from outside. Throws 400 with the message of its first issue. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const { success, data, error } = schema.safeParse(input);
  if (success) return data;
  throw new HttpError(400, error.issues[0]?.message ?? 'Invalid request');
}

/**
 * The parameters of `a=1&b=2`. One that is repeated or nested (`name[a]`) is a list, which a schema for a
 * text refuses. Throws 400 with `message` if the percent-encoding is malformed or not UTF-8.
 */
export function parseForm(encoded: string, message: string): Record<string, string | string[]> {
  try {
    decodeURIComponent(encoded);
  } catch (cause) {
    throw new HttpError(400, message, { cause });
  }
  const parameters: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(encoded)) {
    const bracket = name.indexOf('[');
    const own = bracket < 0 ? name : name.slice(0, bracket);
    parameters[own] = bracket < 0 && !(own in parameters) ? value : [value];
  }
  return parameters;
}

/** The parameters of a request's query string. Throws 400 `Invalid query string`. */
export function queryParameters(req: IncomingMessage): Record<string, string | string[]> {
  const url = req.url ?? '';
  const mark = url.indexOf('?');
  return mark < 0 ? {} : parseForm(url.slice(mark + 1), 'Invalid query string');
}

/**
 * A decimal integer from 0 to `max`; empty is the same as absent. The message of its issues is `Invalid … parameter`, or
 * `tooLarge` if it is above `max`.
 */
export function integerParameter(name: string, absent: number, max: number, tooLarge?: string) {
  const message = `Invalid ${name} parameter`;
  return z
    .string(message)
    .regex(/^\d*$/, message)
    .transform((text) => (text === '' ? absent : Number(text)))
    .pipe(
      z
        .int(message)
        .min(0)
        .max(max, tooLarge ?? message),
    )
    .default(absent);
}

/** `take`, by default 100. */
export const takeParameter = integerParameter('take', DEFAULT_TAKE, MAX_TAKE).describe('How many, at most');
