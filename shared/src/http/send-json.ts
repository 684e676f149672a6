import type { Response } from 'express';

/**
 * As `res.json`, without the ETag, of which whoever writes has no use. Sent as text, head and body leave in one piece;
 * a buffer would be a second one.
 */
export function sendJson(res: Response, body: unknown): void {
  const text = JSON.stringify(body);
  res.setHeader('content-type', 'application/json; charset=utf-8');
  res.setHeader('content-length', Buffer.byteLength(text));
  res.end(text);
}
