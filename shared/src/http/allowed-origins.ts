import type { IncomingMessage } from 'node:http';

/** Origins (`https://cats.example`) whose pages may do what the own page may; `*` for all. */
export type AllowedOrigins = ReadonlySet<string>;

/**
 * Whether a request comes from the own page, from an allowed one, or from a program that is no browser. As in
 * Go's `CrossOriginProtection`: browsers send `Sec-Fetch-Site`, which is right also behind a proxy that
 * changes `Host`; old ones, and pages without TLS, only `Origin`.
 */
export function isAllowedOrigin({ headers }: IncomingMessage, allowed: AllowedOrigins): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site === undefined && origin === undefined) return true;
  if (site === 'same-origin' || site === 'none') return true;
  if (allowed.has('*') || (origin !== undefined && allowed.has(origin))) return true;
  return site === undefined && origin !== undefined && URL.parse(origin)?.host === host;
}
