import { OverloadedError } from '@meower/shared/async/overloaded-error.ts';
import { KeyTakenError } from '@meower/shared/db/group-commit.ts';
import { type MeowToInsert, StorageFullError } from '@meower/shared/db/meow-repository.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import { formFields, readForm } from '@meower/shared/http/form.ts';
import { parseInput, queryParameters } from '@meower/shared/http/parameters.ts';
import { sendJson } from '@meower/shared/http/send-json.ts';
import { traceHeadersOf } from '@meower/shared/http/trace-headers.ts';
import { escapeHtml, isValidBody, wellFormed, withoutControls } from '@meower/shared/meow/meow-body.ts';
import type { NewMeowId } from '@meower/shared/meow/meow-id.ts';
import type { Request } from 'express';
import { z } from 'zod';
import type { IsBlocked } from './moderation/blocked-words.ts';
import type { ProofOfWork } from './proof-of-work.ts';

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
const newMeow = z.object(
  {
    body: z
      .string(INVALID_BODY)
      .transform(wellFormed)
      .refine(isValidBody, INVALID_BODY)
      .transform(withoutControls),
  },
  INVALID_BODY,
);
const formOfMeow = newMeow.partial();

const idempotencyKey = (message: string) => z.string(message).regex(/^[\x20-\x7e]{1,255}$/, message);
/**
 * Printable ASCII, the characters of a header's value. A retry has the same key and body, and gets the same
 * answer (draft-ietf-httpapi-idempotency-key-header).
 */
const idempotencyKeyHeader = idempotencyKey('Invalid Idempotency-Key header').optional();
const challengeParameters = z.object({ key: idempotencyKey('Invalid key parameter') });

/** The command side: `POST /meows`, and `GET /challenge` for its proof of work. */
export function meowRoutes(handlers: MeowHandlers): Routes {
  const { insert, newMeowId, proofOfWork, admit, isBlocked } = handlers;
  return {
    methods: { '/meows': ['POST'], ...(proofOfWork && { '/challenge': ['GET'] }) },
    register(app) {
      if (proofOfWork)
        app.get('/challenge', async (req, res) => {
          const { key } = parseInput(challengeParameters, queryParameters(req));
          res.setHeader('cache-control', 'no-store');
          res.json(await proofOfWork.createChallenge(key));
        });
      app.post('/meows', ...readForm, async (req, res) => {
        const idempotencyKey = parseInput(idempotencyKeyHeader, req.headers['idempotency-key']);
        await proofOfWork?.check(req.headers.altcha, idempotencyKey);
        const body = bodyOf(req);
        if (isBlocked(body)) throw new HttpError(422, 'This meow has a word that is not allowed here');
        const headers = traceHeadersOf(req, res);
        try {
          const addressHash = await admit(req);
          const meow = { ...newMeowId(), body: escapeHtml(body) };
          sendJson(res, { id: await insert({ meow, headers, idempotencyKey, addressHash }) });
        } catch (cause) {
          if (cause instanceof HttpError) throw cause;
          if (cause instanceof OverloadedError)
            throw new HttpError(503, 'Too many meows, try again', { cause });
          if (cause instanceof StorageFullError)
            throw new HttpError(503, 'The disk is nearly full, no meows are stored', { cause });
          if (cause instanceof KeyTakenError)
            throw new HttpError(422, 'This Idempotency-Key belongs to another meow', { cause });
          throw new HttpError(500, 'Failed to create meow', { cause });
        }
      });
    },
  };
}

/** The form or JSON wins over the query string, as in Go's `FormValue`. */
function bodyOf(req: Request): string {
  const { body } = parseInput(formOfMeow, formFields(req));
  return body ?? parseInput(newMeow, queryParameters(req)).body;
}
