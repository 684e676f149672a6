import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';
import sirv from 'sirv';

export const PAGE_FOLDER = fileURLToPath(new URL('../../frontend/dist', import.meta.url));

/** Serves the built front end, as nginx does in compose; `/m/<id>` is a route of the page. */
export function servePage(folder: string = PAGE_FOLDER): RequestHandler {
  if (!existsSync(folder))
    throw new Error(`The page has not been built: ${folder} is missing. "npm start" builds it.`);
  const serveFiles = sirv(folder, {
    gzip: true,
    brotli: true,
    etag: true,
    // Reads the folder for each request. With a list made at the start, a file that a new build has removed
    // would end the process.
    dev: true,
    setHeaders(res, pathname) {
      const hashed = pathname.startsWith('/assets/');
      res.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return (req, res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return next();
    if (/^\/m\/\w+$/.test(req.path)) req.url = '/';
    serveFiles(req, res, next);
  };
}
