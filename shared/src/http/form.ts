import express, { type Request, type RequestHandler } from 'express';
import multer, { MulterError } from 'multer';
import { HttpError } from './errors.ts';
import { parseForm } from './parameters.ts';

/** Largest request body, in bytes. */
const MAX_REQUEST_BYTES = 64 * 1024;

const parseJson = express.json({ limit: MAX_REQUEST_BYTES });
const parseText = express.text({ limit: MAX_REQUEST_BYTES, type: 'application/x-www-form-urlencoded' });
const parseMultipart = multer({
  limits: { fieldSize: MAX_REQUEST_BYTES, fieldNameSize: 100, fields: 16, parts: 16, headerPairs: 32 },
}).none();

/** Reads a form (URL-encoded or multipart) or a JSON object. A malformed or too large one is a 4xx. */
export const readForm: RequestHandler[] = [
  parseJson,
  parseText,
  (req, res, next) => {
    if (!req.is('multipart/form-data')) return next();
    if (Number(req.headers['content-length']) > MAX_REQUEST_BYTES) throw tooLarge();
    // Multer limits each field, but not their sum.
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    parseMultipart(req, res, (error) =>
      next(bytes > MAX_REQUEST_BYTES ? tooLarge(error) : error && multipartError(error)),
    );
  },
];

/** What `readForm` has read: the fields of a form, or JSON. */
export function formFields(req: Request): unknown {
  return typeof req.body === 'string' ? parseForm(req.body, 'Invalid form') : (req.body ?? {});
}

function multipartError(cause: unknown): HttpError {
  const isTooLarge = cause instanceof MulterError && cause.code === 'LIMIT_FIELD_VALUE';
  return isTooLarge ? tooLarge(cause) : new HttpError(400, 'Invalid form', { cause });
}

function tooLarge(cause?: unknown): HttpError {
  return new HttpError(413, 'Request body too large', { cause });
}
