import { OverloadedError } from '@meower/shared/async/overloaded-error.ts';
import { failedRequest, HttpError } from '@meower/shared/http/errors.ts';
import { MEOW_ID } from '@meower/shared/meow/meow-id.ts';
import { z } from 'zod';

const FAILED = 'Could not fetch meows';
export const OVERLOADED = 'Too many requests, try again';
/** What `orHttpError` answers, for the documents of the interface. */
export const READ_ERRORS = { 500: [FAILED], 503: [FAILED, OVERLOADED] };

export const etag = z.string().describe('For `If-None-Match`');
export const NOT_MODIFIED = {
  description: 'It has the ETag of `If-None-Match`',
  headers: { ETag: etag },
};

export const idInPath = z.object({ id: z.string().regex(MEOW_ID) });
export const INVALID_BEFORE = 'Invalid before parameter';
export const before = z
  .string(INVALID_BEFORE)
  .regex(MEOW_ID, INVALID_BEFORE)
  .optional()
  .describe('The meows that are older than this one');

/** Different meows, or pages of the plain list, that may be read concurrently. */
export const MAX_READS = 500;

/** Rejects with the answer of the client; the cause is only logged. */
export async function orHttpError<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    if (cause instanceof OverloadedError) throw new HttpError(503, OVERLOADED, { cause });
    throw failedRequest(FAILED, cause);
  }
}
