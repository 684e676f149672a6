import express, { type Request, type RequestHandler } from 'express';
import multer, { MulterError } from 'multer';
import { HttpError } from './errors.ts';
import { parseForm, single } from './parameters.ts';

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

/**
 * A field of the form or JSON object that `readForm` has read; `undefined` if it is absent. Throws 400 with
 * `message` if it is not a single string.
 */
export function formField(req: Request, name: string, message: string): string | undefined {
  if (typeof req.body === 'string') return single(parseForm(req.body, 'Invalid form'), name, message);
  if (Array.isArray(req.body)) throw new HttpError(400, message);
  const value: unknown = req.body?.[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new HttpError(400, message);
}

function multipartError(cause: unknown): HttpError {
  const isTooLarge = cause instanceof MulterError && cause.code === 'LIMIT_FIELD_VALUE';
  return isTooLarge ? tooLarge(cause) : new HttpError(400, 'Invalid form', { cause });
}

function tooLarge(cause?: unknown): HttpError {
  return new HttpError(413, 'Request body too large', { cause });
}
