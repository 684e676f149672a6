import { OverloadedError } from '@meower/shared/async/overloaded-error.ts';
import { KeyTakenError } from '@meower/shared/db/group-commit.ts';
import { type MeowToInsert, StorageFullError } from '@meower/shared/db/meow-repository.ts';
import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { failedRequest, HttpError } from '@meower/shared/http/errors.ts';
import { combineRoutes, type Routes } from '@meower/shared/http/express-app.ts';
import { FORM_ERRORS, formFields, readForm } from '@meower/shared/http/form.ts';
import { parseInput, queryParameters } from '@meower/shared/http/parameters.ts';
import { sendJson } from '@meower/shared/http/send-json.ts';
import { traceHeadersOf } from '@meower/shared/http/trace-headers.ts';
import { challengeJson } from '@meower/shared/meow/challenge.ts';
import {
  escapeHtml,
  isValidBody,
  MAX_BODY_LENGTH,
  wellFormed,
  withoutControls,
} from '@meower/shared/meow/meow-body.ts';
import { MEOW_ID, type NewMeowId } from '@meower/shared/meow/meow-id.ts';
import type { Request } from 'express';
import { z } from 'zod';
import { ADMISSION_ERRORS } from './moderation/admission-errors.ts';
import type { IsBlocked } from './moderation/blocked-words.ts';
import { INVALID_PROOF, PROOF_ERRORS, type ProofOfWork } from './proof-of-work.ts';

interface MeowHandlers {
  /**
   * Resolves once the meow and its event in the outbox are durable: to its id, or to that of the meow stored
   * earlier under the same key.
   */
  insert(entry: MeowToInsert): Promise<string>;
  newMeowId(): NewMeowId;
  /** None: a post needs no proof, and one that has it is treated like any other. */
  proofOfWork?: ProofOfWork | undefined;
  /** The hash of the poster's address. Rejects with an `HttpError` if it may not post. */
  admit(req: Request): Promise<string>;
  isBlocked: IsBlocked;
}

const INVALID_BODY = 'Invalid body';
const newMeow = z
  .object(
    {
      body: z
        .string(INVALID_BODY)
        .overwrite(wellFormed)
        .refine(isValidBody, INVALID_BODY)
        .overwrite(withoutControls)
        .meta({
          description: 'Unicode code points, at least one of which is visible',
          minLength: 1,
          maxLength: MAX_BODY_LENGTH,
          examples: ['I can haz cheezburger?'],
        }),
    },
    INVALID_BODY,
  )
  .meta({ id: 'NewMeow' });
const formOfMeow = newMeow.partial();

const INVALID_KEY_HEADER = 'Invalid Idempotency-Key header';
const INVALID_KEY = 'Invalid key parameter';
const KEY = /^[\x20-\x7e]{1,255}$/;
/**
 * Printable ASCII, the characters of a header's value. A retry has the same key and body, and gets the same
 * answer (draft-ietf-httpapi-idempotency-key-header).
 */
const headers = z.object({
  'idempotency-key': z
    .string(INVALID_KEY_HEADER)
    .regex(KEY, INVALID_KEY_HEADER)
    .optional()
    .describe('Within an hour the same key with the same body stores one meow and gets the same answer'),
  altcha: z.string().optional().describe('The proof of work, as the libraries of ALTCHA encode it'),
});
const challengeParameters = z.object({
  key: z.string(INVALID_KEY).regex(KEY, INVALID_KEY).describe('The `Idempotency-Key` of the post'),
});

const BLOCKED = 'This meow has a word that is not allowed here';
const KEY_TAKEN = 'This Idempotency-Key belongs to another meow';
const FAILED = 'Failed to create meow';
const OVERLOADED = 'Too many meows, try again';
const DISK_FULL = 'The disk is nearly full, no meows are stored';

/** The command side: `POST /meows`, and `GET /challenge` for its proof of work. */
export function meowRoutes(handlers: MeowHandlers): Routes {
  const { insert, newMeowId, proofOfWork, admit, isBlocked } = handlers;
  const posting = defineRoutes({
    'POST /meows': {
      summary: 'Posts a meow',
      description:
        'The answer comes when the meow and its event are durable. `body` may also be in the query string; a form or JSON takes precedence.',
      headers,
      body: newMeow,
      answers: {
        200: {
          description: 'The meow is stored',
          schema: z.object({ id: z.string().regex(MEOW_ID).describe('A KSUID of the creation time') }),
        },
      },
      errors: {
        ...FORM_ERRORS,
        400: [INVALID_BODY, ...FORM_ERRORS[400], INVALID_KEY_HEADER, INVALID_PROOF],
        403: ADMISSION_ERRORS,
        422: [KEY_TAKEN, BLOCKED],
        429: PROOF_ERRORS,
        500: [FAILED],
        503: [FAILED, OVERLOADED, DISK_FULL],
      },
      handle: [
        ...readForm,
        async (req, res) => {
          const { 'idempotency-key': idempotencyKey, altcha } = parseInput(headers, req.headers);
          await proofOfWork?.check(altcha, idempotencyKey);
          const body = bodyOf(req);
          if (isBlocked(body)) throw new HttpError(422, BLOCKED);
          const traceHeaders = traceHeadersOf(req, res);
          try {
            const addressHash = await admit(req);
            const meow = { ...newMeowId(), body: escapeHtml(body) };
            sendJson(res, { id: await insert({ meow, headers: traceHeaders, idempotencyKey, addressHash }) });
          } catch (cause) {
            if (cause instanceof HttpError) throw cause;
            if (cause instanceof OverloadedError) throw new HttpError(503, OVERLOADED, { cause });
            if (cause instanceof StorageFullError) throw new HttpError(503, DISK_FULL, { cause });
            if (cause instanceof KeyTakenError) throw new HttpError(422, KEY_TAKEN, { cause });
            throw failedRequest(FAILED, cause);
          }
        },
      ],
    },
  });
  return combineRoutes([posting, proofOfWork && challengeRoutes(proofOfWork)]);
}

function challengeRoutes({ createChallenge }: ProofOfWork): Routes {
  return defineRoutes({
    'GET /challenge': {
      summary: 'Returns the task of a proof of work',
      description:
        'A challenge of ALTCHA 2, `PBKDF2/SHA-256`. Its solution allows posts with that `Idempotency-Key` over the limit, for five minutes. 404 if this Meower asks for no proofs.',
      query: challengeParameters,
      answers: { 200: { description: 'The challenge', schema: challengeJson } },
      errors: { 400: [INVALID_KEY], 404: ['Not found'] },
      async handle(req, res) {
        const { key } = parseInput(challengeParameters, queryParameters(req));
        res.setHeader('cache-control', 'no-store');
        res.json(await createChallenge(key));
      },
    },
  });
}

/** The form or JSON wins over the query string, as in Go's `FormValue`. */
function bodyOf(req: Request): string {
  const { body } = parseInput(formOfMeow, formFields(req));
  return body ?? parseInput(newMeow, queryParameters(req)).body;
}
