import { createHash, timingSafeEqual } from 'node:crypto';
import { HttpError } from '@meower/shared/http/errors.ts';
import { integerField } from '@meower/shared/http/integer-field.ts';
import { parseFields } from '@meower/shared/http/json-body.ts';
import { queryParameters } from '@meower/shared/http/parameters.ts';
import { traceHeadersOf } from '@meower/shared/http/trace-headers.ts';
import { isMeowId } from '@meower/shared/meow/meow-id.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type Served, serve } from '@meower/shared/service/serve.ts';
import type { AdminConfig } from '@meower/shared/settings/admin.ts';
import type { IRouter, Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { MeowService } from './service.ts';

interface AdminApiOptions extends AdminConfig {
  service: Pick<MeowService, 'deleteMeows' | 'moderation'>;
  logger: Logger;
  trace?: RequestHandler | undefined;
}

/** Most reported meows in one answer. */
const MAX_REPORTED = 100;
const banParameters = z.object({ days: integerField({ max: 90, absent: 7 }) });

/**
 * Decisions of operators, with `Authorization: Bearer <token>`, on a port of its own that nginx does not
 * serve.
 */
export function serveAdminApi(options: AdminApiOptions): Promise<Served> {
  const { port, host, token, service, logger, trace } = options;
  const { deleteMeows, moderation } = service;
  const routes = {
    methods: {
      '/meows/:id': ['DELETE'],
      '/reports': ['GET'],
      '/reports/:id': ['DELETE'],
      '/bans': ['GET'],
      '/bans/:id': ['PUT', 'DELETE'],
    },
    register(app: IRouter) {
      app.use(['/meows', '/reports', '/bans'], authorize(token));

      // An unknown meow too: an index or a backup may still hold it.
      app.delete('/meows/:id', async (req, res) => {
        const id = idOf(req);
        const deleted = await or500('delete meow', deleteMeows([id], traceHeadersOf(req, res)));
        logger.info({ id, known: deleted.has(id) }, 'deleted a meow');
        res.status(204).end();
      });

      app.get('/reports', async (_req, res) => {
        const reported = await or500('list reports', moderation.listReported(MAX_REPORTED));
        res.json(reported.map(({ createdAt: created_at, ...meow }) => ({ ...meow, created_at })));
      });

      app.delete('/reports/:id', async (req, res) => {
        const id = idOf(req);
        const dismissed = await or500('dismiss reports', moderation.dismissReports(id));
        if (!dismissed) throw new HttpError(404, 'There are no reports of this meow');
        logger.info({ id }, 'dismissed the reports of a meow');
        res.status(204).end();
      });

      app.get('/bans', async (_req, res) => {
        const bans = await or500('list bans', moderation.listBans());
        res.json(bans.map(({ meowId: id, endsAtMs }) => ({ id, ends_at: new Date(endsAtMs) })));
      });

      app.put('/bans/:id', async (req, res) => {
        const id = idOf(req);
        const { days } = parseFields(banParameters, queryParameters(req));
        const ban = await or500('ban the address', moderation.ban(id, days));
        if (!ban) throw new HttpError(404, 'The address that posted this meow is no longer known');
        logger.info({ id, days }, 'banned the address that posted a meow');
        res.json({ id, ends_at: new Date(ban.endsAtMs) });
      });

      app.delete('/bans/:id', async (req, res) => {
        const id = idOf(req);
        const ended = await or500('end the ban', moderation.unban(id));
        if (!ended) throw new HttpError(404, 'There is no ban for this meow');
        logger.info({ id }, 'ended the ban of an address');
        res.status(204).end();
      });
    },
  };
  return serve([{ routes, checks: [], close: async () => {} }], { logger, trace, port, host });
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

function idOf(req: Request<{ id: string }>): string {
  if (!isMeowId(req.params.id)) throw new HttpError(400, 'Invalid id');
  return req.params.id;
}

async function or500<T>(what: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    throw new HttpError(500, `Failed to ${what}`, { cause });
  }
}
