import type { Request, RequestHandler, Response } from 'express';
import { HttpError } from './errors.ts';

/** The methods that a path knows, `{'/meows': ['POST']}`. HEAD goes with GET, OPTIONS with all. `:id` stands for any one segment. */
export type Methods = Readonly<Record<string, readonly string[]>>;

const EXPOSED = 'ETag, Link, Retry-After, X-Degraded, X-Request-Id';
const ALLOWED = 'Content-Type, Idempotency-Key, X-Request-Id, Traceparent, Tracestate';

/** Any page may use the interface, as in the original. */
export function allowAnyOrigin(res: Response): void {
  res.setHeader('access-control-allow-origin', '*');
  res.setHeader('access-control-expose-headers', EXPOSED);
}

/** Answers OPTIONS, and says whether it has. To be called before the routes, for a router would answer it with its own methods only. */
export function preflight(tables: readonly Methods[]): (req: Request, res: Response) => boolean {
  const methodsOf = lookUp(tables);
  return (req, res) => {
    const allow = req.method === 'OPTIONS' && methodsOf(req.path);
    if (!allow) return false;
    res.setHeader('allow', allow);
    res.setHeader('access-control-allow-methods', allow);
    res.setHeader('access-control-allow-headers', ALLOWED);
    res.setHeader('access-control-max-age', '86400');
    res.status(204).end();
    return true;
  };
}

/** Stands behind the routes: refuses other methods with 405, unknown paths with 404. */
export function otherMethods(tables: readonly Methods[]): RequestHandler {
  const methodsOf = lookUp(tables);
  return (req, res) => {
    const allow = methodsOf(req.path);
    if (!allow) throw new HttpError(404, 'Not found');
    res.setHeader('allow', allow);
    throw new HttpError(405, 'Method not allowed');
  };
}

/** The methods of a path as the header `Allow` has them; `undefined` when the path is not known. */
function lookUp(tables: readonly Methods[]): (path: string) => string | undefined {
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
