import type { Request, RequestHandler, Response } from 'express';
import { HttpError } from './errors.ts';

/**
 * The methods of each path, `{'/meows': ['POST']}`. GET includes HEAD, every path OPTIONS. `:id` is any one
 * segment.
 */
export type Methods = Readonly<Record<string, readonly string[]>>;

const EXPOSED_HEADERS = 'ETag, Link, Retry-After, X-Degraded, X-Request-Id';
const REQUEST_HEADERS = 'Content-Type, Idempotency-Key, Altcha, X-Request-Id, Traceparent, Tracestate';

/** Every web page may use the interface, as in the original. */
export function allowAnyOrigin(res: Response): void {
  res.setHeader('access-control-allow-origin', '*');
  res.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
}

/**
 * Responds to OPTIONS, and returns whether it has. Must be called before the routes: a router would respond
 * with its own methods only.
 */
export function preflight(tables: readonly Methods[]): (req: Request, res: Response) => boolean {
  const methodsOf = createLookup(tables);
  return (req, res) => {
    const allow = req.method === 'OPTIONS' && methodsOf(req.path);
    if (!allow) return false;
    res.setHeader('allow', allow);
    res.setHeader('access-control-allow-methods', allow);
    res.setHeader('access-control-allow-headers', REQUEST_HEADERS);
    res.setHeader('access-control-max-age', '86400');
    res.status(204).end();
    return true;
  };
}

/** After all routes: refuses other methods with 405, unknown paths with 404. */
export function otherMethods(tables: readonly Methods[]): RequestHandler {
  const methodsOf = createLookup(tables);
  return (req, res) => {
    const allow = methodsOf(req.path);
    if (!allow) throw new HttpError(404, 'Not found');
    res.setHeader('allow', allow);
    throw new HttpError(405, 'Method not allowed');
  };
}

/** Returns a function from a path to its `Allow` header, `undefined` for unknown paths. */
function createLookup(tables: readonly Methods[]): (path: string) => string | undefined {
  const known = new Map<string, Set<string>>();
  for (const [path, methods] of tables.flatMap((table) => Object.entries(table))) {
    const all = new Set([...(known.get(path) ?? []), ...methods]);
    if (all.has('GET')) all.add('HEAD');
    known.set(path, all.add('OPTIONS'));
  }
  const patterns = [...known].map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/?$`),
    allow: [...methods].join(', '),
  }));
  return (path) => patterns.find(({ pattern }) => pattern.test(path))?.allow;
}
