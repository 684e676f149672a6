import express, { type Request, type RequestHandler } from 'express';
import multer, { MulterError } from 'multer';
import { HttpError } from './errors.ts';
import { duplicateKey } from './json-keys.ts';
import { parseForm } from './parameters.ts';

/** Largest request body, in bytes. */
export const MAX_REQUEST_BYTES = 64 * 1024;

/**
 * Compressed bodies are refused: 80 bytes can inflate to the limit, a thousand of them to gigabytes of
 * buffers.
 */
const readBytes = express.raw({
  limit: MAX_REQUEST_BYTES,
  inflate: false,
  type: ['application/json', 'application/x-www-form-urlencoded'],
});
const parseMultipart = multer({
  limits: { fieldSize: MAX_REQUEST_BYTES, fieldNameSize: 100, fields: 16, parts: 16, headerPairs: 32 },
}).none();

/**
 * Reads a form (URL-encoded or multipart) or a JSON object. One that is malformed, not UTF-8, compressed or
 * too large is a 4xx.
 */
export const readForm: RequestHandler[] = [
  readBytes,
  (req, res, next) => {
    if (Buffer.isBuffer(req.body)) {
      checkCharset(req);
      const text = decodeUtf8(req.body);
      req.body = req.is('json') ? parseJson(text) : text;
      next();
    } else if (req.is('multipart/form-data')) {
      readMultipart(req, res, next);
    } else {
      next();
    }
  },
];

const readMultipart: RequestHandler = (req, res, next) => {
  if (req.headers['content-encoding'] !== undefined) throw new HttpError(415, 'Unsupported content encoding');
  if (Number(req.headers['content-length']) > MAX_REQUEST_BYTES) throw tooLarge();
  // Multer limits each field, but not their sum, and replaces bytes that are not UTF-8.
  let bytes = 0;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let encodingError: unknown;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    try {
      decoder.decode(chunk, { stream: true });
    } catch (error) {
      encodingError = error;
    }
  });
  parseMultipart(req, res, (error) => {
    if (bytes > MAX_REQUEST_BYTES) next(tooLarge(error));
    else next(error || encodingError ? multipartError(error ?? encodingError) : undefined);
  });
};

/** The sentences about a body that `readForm` refuses, for the documents of an interface. */
export const FORM_ERRORS = {
  400: [
    'Malformed JSON',
    '"…" is there twice',
    'The body is not UTF-8',
    'Invalid form',
    'Invalid query string',
  ],
  413: ['Request body too large'],
  415: ['Unsupported content encoding', 'Unsupported charset'],
} as const;

/** What `readForm` has read: the fields of a form, or JSON. */
export function formFields(req: Request): unknown {
  return typeof req.body === 'string' ? parseForm(req.body, 'Invalid form') : (req.body ?? {});
}

function checkCharset(req: Request): void {
  const [, charset = 'utf-8'] =
    /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(req.headers['content-type'] ?? '') ?? [];
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) throw new HttpError(415, 'Unsupported charset');
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

export function decodeUtf8(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new HttpError(400, 'The body is not UTF-8', { cause });
  }
}

/** An object or array. Nothing at all counts as an empty object. */
export function parseJson(text: string): object {
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HttpError(400, 'Malformed JSON', { cause });
  }
  if (typeof value !== 'object' || value === null) throw new HttpError(400, 'Malformed JSON');
  // Other parsers take the first of them, and a filter in front of us may see the other.
  const repeated = duplicateKey(text);
  if (repeated !== undefined) throw new HttpError(400, `${JSON.stringify(repeated)} is there twice`);
  return value;
}

function multipartError(cause: unknown): HttpError {
  const isTooLarge = cause instanceof MulterError && cause.code === 'LIMIT_FIELD_VALUE';
  return isTooLarge ? tooLarge(cause) : new HttpError(400, 'Invalid form', { cause });
}

function tooLarge(cause?: unknown): HttpError {
  return new HttpError(413, 'Request body too large', { cause });
}
