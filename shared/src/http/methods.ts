import type { RequestHandler } from 'express';
import { HttpError } from './errors.ts';

/** The methods that a path knows, `{'/meows': ['POST']}`. HEAD goes with GET, OPTIONS with all. */
export type Methods = Readonly<Record<string, readonly string[]>>;

const EXPOSED = 'ETag, Link, Retry-After, X-Degraded, X-Request-Id';

/** Any page may use the interface, as in the original. */
export const allowAnyOrigin: RequestHandler = (_req, res, next) => {
  res.setHeader('access-control-allow-origin', '*');
  res.setHeader('access-control-expose-headers', EXPOSED);
  next();
};

/** Stands behind the routes: answers OPTIONS, and refuses other methods with 405, unknown paths with 404. */
export function otherMethods(tables: readonly Methods[]): RequestHandler {
  const known = new Map<string, Set<string>>();
  for (const [path, methods] of tables.flatMap((table) => Object.entries(table))) {
    const all = known.get(path) ?? new Set();
    for (const method of methods) all.add(method);
    if (all.has('GET')) all.add('HEAD');
    known.set(path, all.add('OPTIONS'));
  }
  return (req, res) => {
    const methods = known.get(req.path.replace(/(?<=.)\/$/, ''));
    if (methods === undefined) throw new HttpError(404, 'Not found');
    const allow = [...methods].join(', ');
    res.setHeader('allow', allow);
    if (req.method !== 'OPTIONS') throw new HttpError(405, 'Method not allowed');
    res.setHeader('access-control-allow-methods', allow);
    res.setHeader('access-control-allow-headers', 'Content-Type, Idempotency-Key');
    res.setHeader('access-control-max-age', '86400');
    res.status(204).end();
  };
}
