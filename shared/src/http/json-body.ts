import express, { type RequestHandler } from 'express';
import type { z } from 'zod';
import { HttpError } from './errors.ts';
import { decodeUtf8, MAX_REQUEST_BYTES, parseJson } from './form.ts';

/**
 * Reads a JSON body, regardless of its content type. One that is malformed, not UTF-8, compressed or too
 * large is a 4xx.
 */
export const readJson: RequestHandler[] = [
  express.raw({ limit: MAX_REQUEST_BYTES, inflate: false, type: () => true }),
  (req, _res, next) => {
    if (Buffer.isBuffer(req.body)) req.body = parseJson(decodeUtf8(req.body));
    next();
  },
];

/**
 * The input as the schema describes it. Throws 400 with a sentence about the first thing that is wrong, such
 * as "name is required", which never repeats the input. A message of the schema's own is the end of such a
 * sentence:
 * `z.string().refine(isShort, 'must be short')`.
 */
export function parseFields<T>(schema: z.ZodType<T>, input: unknown): T {
  const { success, data, error } = schema.safeParse(input, { error: toPredicate });
  if (success) return data;
  const [issue] = error.issues;
  throw new HttpError(400, `${issue?.path.join('.') || 'the body'} ${issue?.message}`);
}

const TYPES: Record<string, string> = {
  object: 'a JSON object',
  array: 'a list',
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

const toPredicate: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `must ${isText(issue) ? 'have' : 'be'} at least ${issue.minimum}${isText(issue) ? ' characters' : ''}`;
    case 'too_big':
      return `must ${isText(issue) ? 'have' : 'be'} at most ${issue.maximum}${isText(issue) ? ' characters' : ''}`;
    default:
      return 'is invalid';
  }
};

function isText({ origin }: { origin: string }): boolean {
  return origin === 'string';
}
