import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';
import sirv from 'sirv';

export const PAGE_FOLDER = fileURLToPath(new URL('../../frontend/dist', import.meta.url));

/** Serves the files of the built front end. `readIndex` reads index.html, which permalinks fill. */
export type Page = RequestHandler & { readIndex(): Promise<string> };

/** The built front end, as nginx serves it in compose. */
export function servePage(folder: string = PAGE_FOLDER): Page {
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
  const serve: RequestHandler = (req, res, next) =>
    req.method === 'GET' || req.method === 'HEAD' ? serveFiles(req, res, next) : next();
  return Object.assign(serve, { readIndex: () => readFile(join(folder, 'index.html'), 'utf8') });
}
