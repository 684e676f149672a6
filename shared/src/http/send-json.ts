import type { Response } from 'express';

/**
 * Like `res.json` without an ETag, which is useless in the response to a POST. Head and body of a string are
 * sent in one write; a buffer would need a second one.
 */
export function sendJson(res: Response, body: unknown): void {
  const text = JSON.stringify(body);
  res.setHeader('content-type', 'application/json; charset=utf-8');
  res.setHeader('content-length', Buffer.byteLength(text));
  res.end(text);
}
