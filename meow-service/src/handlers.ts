import { OverloadedError } from '@meower/shared/batch/batcher.ts';
import type { MeowToInsert } from '@meower/shared/db/repository.ts';
import type { Routes } from '@meower/shared/http/app.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import { formField, readForm } from '@meower/shared/http/form.ts';
import { queryParameters, single } from '@meower/shared/http/parameters.ts';
import { eventHeaders } from '@meower/shared/http/request-log.ts';
import type { Identity } from '@meower/shared/schema/identity.ts';
import { escapeHtml, isValidBody, wellFormed } from '@meower/shared/schema/text.ts';
import { type Request, Router } from 'express';

export interface MeowHandlers {
  /** Resolves once the meow, and the duty to publish it, are durable. */
  insert(entry: MeowToInsert): Promise<void>;
  nextIdentity(): Identity;
}

const INVALID_BODY = 'Invalid body';

/** The command side: `POST /meows`. */
export function meowRoutes({ insert, nextIdentity }: MeowHandlers): Routes {
  const router = Router();

  router.post('/meows', ...readForm, async (req, res) => {
    const meow = { ...nextIdentity(), body: escapeHtml(bodyOf(req)) };
    try {
      await insert({ meow, headers: eventHeaders(req, res) });
    } catch (cause) {
      if (cause instanceof OverloadedError) throw new HttpError(503, 'Too many meows, try again', { cause });
      throw new HttpError(500, 'Failed to create meow', { cause });
    }
    res.json({ id: meow.id });
  });

  return { router, methods: { '/meows': ['POST'] } };
}

/** The form or JSON wins over the query string, as in Go's `FormValue`. */
function bodyOf(req: Request): string {
  const typed = formField(req, 'body', INVALID_BODY) ?? single(queryParameters(req), 'body', INVALID_BODY);
  const body = wellFormed(typed ?? '');
  if (!isValidBody(body)) throw new HttpError(400, INVALID_BODY);
  return body;
}
