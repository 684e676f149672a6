import { createHash, timingSafeEqual } from 'node:crypto';
import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { failedRequest, HttpError } from '@meower/shared/http/errors.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import { integerField } from '@meower/shared/http/integer-field.ts';
import { parseFields } from '@meower/shared/http/json-body.ts';
import { queryParameters } from '@meower/shared/http/parameters.ts';
import { traceHeadersOf } from '@meower/shared/http/trace-headers.ts';
import { isMeowId, MEOW_ID } from '@meower/shared/meow/meow-id.ts';
import { banJson, reportedMeowJson } from '@meower/shared/meow/moderation.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type Served, serve } from '@meower/shared/service/serve.ts';
import type { AdminConfig } from '@meower/shared/settings/admin.ts';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { MeowService } from './service.ts';

type Decisions = Pick<MeowService, 'deleteMeows' | 'moderation'>;

interface AdminApiOptions extends AdminConfig {
  service: Decisions;
  logger: Logger;
  trace?: RequestHandler | undefined;
}

/** Most reported meows in one answer. */
const MAX_REPORTED = 100;
const MAX_DAYS = 90;
const banParameters = z.object({
  days: integerField({ max: MAX_DAYS, absent: 7 }),
});
const ofMeow = { path: z.object({ id: z.string().regex(MEOW_ID) }), forOperators: true };

const INVALID_ID = 'Invalid id';
const NO_REPORTS = 'There are no reports of this meow';
const POSTER_UNKNOWN = 'The address that posted this meow is no longer known';
const NO_BAN = 'There is no ban for this meow';

/**
 * Decisions of operators, with `Authorization: Bearer <token>`, on a port of its own that nginx does not
 * serve.
 */
export function serveAdminApi(options: AdminApiOptions): Promise<Served> {
  const { port, host, token, service, logger, trace } = options;
  const { register, ...routes } = adminRoutes(service, logger);
  const authorized: Routes = {
    ...routes,
    register(app) {
      app.use(['/meows', '/reports', '/bans'], authorize(token));
      register(app);
    },
  };
  return serve([{ routes: authorized, checks: [], close: async () => {} }], { logger, trace, port, host });
}

export function adminRoutes({ deleteMeows, moderation }: Decisions, logger: Logger): Routes {
  return defineRoutes({
    'DELETE /meows/:id': {
      ...ofMeow,
      summary: 'Deletes a meow',
      // An index or a backup may still hold it.
      description: 'Also one that is unknown.',
      answers: { 204: { description: 'The meow is deleted' } },
      errors: { 400: [INVALID_ID], ...failed('delete meow') },
      async handle(req, res) {
        const id = idOf(req);
        const deleted = await orFailed('delete meow', deleteMeows([id], traceHeadersOf(req, res)));
        logger.info({ id, known: deleted.has(id) }, 'deleted a meow');
        res.status(204).end();
      },
    },

    'GET /reports': {
      summary: `Lists the ${MAX_REPORTED} meows with the most reports`,
      forOperators: true,
      answers: { 200: { description: 'The meows', schema: z.array(reportedMeowJson) } },
      errors: failed('list reports'),
      async handle(_req, res) {
        const reported = await orFailed('list reports', moderation.listReported(MAX_REPORTED));
        res.json(reported.map(({ createdAt: created_at, ...meow }) => ({ ...meow, created_at })));
      },
    },

    'DELETE /reports/:id': {
      ...ofMeow,
      summary: 'Dismisses the reports of a meow',
      answers: { 204: { description: 'They are dismissed' } },
      errors: { 400: [INVALID_ID], 404: [NO_REPORTS], ...failed('dismiss reports') },
      async handle(req, res) {
        const id = idOf(req);
        const dismissed = await orFailed('dismiss reports', moderation.dismissReports(id));
        if (!dismissed) throw new HttpError(404, NO_REPORTS);
        logger.info({ id }, 'dismissed the reports of a meow');
        res.status(204).end();
      },
    },

    'GET /bans': {
      summary: 'Lists the bans in force',
      forOperators: true,
      answers: { 200: { description: 'The bans', schema: z.array(banJson) } },
      errors: failed('list bans'),
      async handle(_req, res) {
        const bans = await orFailed('list bans', moderation.listBans());
        res.json(bans.map(({ meowId: id, endsAtMs }) => ({ id, ends_at: new Date(endsAtMs) })));
      },
    },

    'PUT /bans/:id': {
      ...ofMeow,
      summary: 'Bans the address that posted a meow',
      description: 'It may neither post nor report.',
      query: banParameters,
      answers: { 200: { description: 'The ban', schema: banJson } },
      errors: {
        400: [INVALID_ID, `days must be a whole number from 1 to ${MAX_DAYS}`],
        404: [POSTER_UNKNOWN],
        ...failed('ban the address'),
      },
      async handle(req, res) {
        const id = idOf(req);
        const { days } = parseFields(banParameters, queryParameters(req));
        const ban = await orFailed('ban the address', moderation.ban(id, days));
        if (!ban) throw new HttpError(404, POSTER_UNKNOWN);
        logger.info({ id, days }, 'banned the address that posted a meow');
        res.json({ id, ends_at: new Date(ban.endsAtMs) });
      },
    },

    'DELETE /bans/:id': {
      ...ofMeow,
      summary: 'Ends the ban of the address that posted a meow',
      answers: { 204: { description: 'It is ended' } },
      errors: { 400: [INVALID_ID], 404: [NO_BAN], ...failed('end the ban') },
      async handle(req, res) {
        const id = idOf(req);
        const ended = await orFailed('end the ban', moderation.unban(id));
        if (!ended) throw new HttpError(404, NO_BAN);
        logger.info({ id }, 'ended the ban of an address');
        res.status(204).end();
      },
    },
  });
}

function authorize(token: string): RequestHandler {
  return (req, res, next) => {
    if (isAuthorized(req, token)) return next();
    res.setHeader('www-authenticate', 'Bearer');
    throw new HttpError(401, 'Wrong or missing token');
  };
}

/** Compares digests: equal length, and no hint in the time it takes. */
function isAuthorized(req: Request, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function idOf(req: Request): string {
  const id = String(req.params.id);
  if (!isMeowId(id)) throw new HttpError(400, INVALID_ID);
  return id;
}

/** What `orFailed` answers, for the documents of the interface. */
function failed(what: string) {
  const sentences = [`Failed to ${what}`];
  return { 500: sentences, 503: sentences };
}

async function orFailed<T>(what: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    throw failedRequest(`Failed to ${what}`, cause);
  }
}
