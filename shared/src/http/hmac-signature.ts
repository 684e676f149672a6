import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whether `signature` is `sha256=` and the HMAC of the body, as GitHub and others send it. */
export function isSignedWith(secret: string, body: Buffer, signature = ''): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
