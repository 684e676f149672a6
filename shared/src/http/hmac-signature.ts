import { createHmac, timingSafeEqual } from 'node:crypto';
import express, { type RequestHandler } from 'express';
import { HttpError } from './errors.ts';
import { decodeUtf8, parseJson } from './form.ts';

/** Whether `signature` is `sha256=` and the HMAC of the body, as GitHub and others send it. */
export function isSignedWith(secret: string, body: Buffer, signature = ''): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

interface SignedJsonOptions {
  /** Undefined: any body is accepted. */
  secret: string | undefined;
  /** Where the signature is. */
  header: string;
  /** Largest body, e.g. `25mb`. */
  limit: string;
}

/** Reads a JSON body. One that is malformed or not signed with the secret is a 4xx. */
export function readSignedJson({ secret, header, limit }: SignedJsonOptions): RequestHandler[] {
  return [
    express.raw({ type: () => true, limit }),
    (req, _res, next) => {
      const body: Buffer = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
      if (secret && !isSignedWith(secret, body, req.get(header)))
        throw new HttpError(401, `the header ${header} does not sign this body with the secret`);
      req.body = parseJson(decodeUtf8(body));
      next();
    },
  ];
}
