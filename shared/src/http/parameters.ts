import type { IncomingMessage } from 'node:http';
import { HttpError } from './errors.ts';

/** Most meows in one response. */
const MAX_TAKE = 1000;
const DEFAULT_TAKE = 100;

/** Decodes `a=1&b=2`. Throws 400 with `message` if the percent-encoding is malformed or not UTF-8. */
export function parseForm(encoded: string, message: string): URLSearchParams {
  try {
    decodeURIComponent(encoded);
  } catch (cause) {
    throw new HttpError(400, message, { cause });
  }
  return new URLSearchParams(encoded);
}

/** The parameters of a request's query string. Throws 400 `Invalid query string`. */
export function queryParameters(req: IncomingMessage): URLSearchParams {
  const url = req.url ?? '';
  const mark = url.indexOf('?');
  return mark < 0 ? new URLSearchParams() : parseForm(url.slice(mark + 1), 'Invalid query string');
}

/**
 * The value of a parameter; `undefined` if it is absent. Throws 400 with `message` if it is repeated or
 * nested (`name[a]`).
 */
export function single(parameters: URLSearchParams, name: string, message: string): string | undefined {
  if (parameters.size === 0) return undefined;
  const values = parameters.getAll(name);
  if (values.length > 1) throw new HttpError(400, message);
  for (const key of parameters.keys()) if (key.startsWith(`${name}[`)) throw new HttpError(400, message);
  return values[0];
}

/**
 * `skip` and `take`, by default 0 and 100. Throws 400 `Invalid skip parameter` or `Invalid take parameter`.
 */
export function pageParameters(parameters: URLSearchParams): { skip: number; take: number } {
  return {
    skip: integerParameter(parameters, 'skip', 0, Number.MAX_SAFE_INTEGER),
    take: integerParameter(parameters, 'take', DEFAULT_TAKE, MAX_TAKE),
  };
}

function integerParameter(parameters: URLSearchParams, name: string, absent: number, max: number): number {
  const message = `Invalid ${name} parameter`;
  const text = single(parameters, name, message) || String(absent);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw new HttpError(400, message);
  return value;
}
