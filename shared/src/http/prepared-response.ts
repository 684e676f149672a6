import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';

/** A response that is built once for any number of requests. */
export interface PreparedResponse {
  readonly bytes: Buffer;
  readonly etag: string;
  /** Of the next page (RFC 8288). */
  readonly link?: string;
}

export function prepareResponse(body: unknown, link?: string): PreparedResponse {
  const bytes = Buffer.from(JSON.stringify(body));
  const etag = `W/"${createHash('sha1').update(bytes).digest('base64url')}"`;
  return { bytes, etag, link };
}

/** Sends it, or 304 to a client that has it already. */
export function sendPrepared(req: Request, res: Response, { bytes, etag, link }: PreparedResponse): void {
  res.setHeader('etag', etag);
  res.setHeader('cache-control', 'no-cache');
  if (link !== undefined) res.setHeader('link', link);
  if (req.fresh) {
    res.status(304).end();
    return;
  }
  res.setHeader('content-type', 'application/json; charset=utf-8');
  res.setHeader('content-length', bytes.length);
  res.end(req.method === 'HEAD' ? undefined : bytes);
}
