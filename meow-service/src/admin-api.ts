import { createHash, timingSafeEqual } from 'node:crypto';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import { traceHeadersOf } from '@meower/shared/http/trace-headers.ts';
import { isMeowId } from '@meower/shared/meow/meow-id.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type Served, serve } from '@meower/shared/service/serve.ts';
import type { AdminConfig } from '@meower/shared/settings/admin.ts';
import type { IRouter, Request } from 'express';

interface AdminApiOptions extends AdminConfig {
  deleteMeows: MeowRepository['deleteMeows'];
  logger: Logger;
}

/**
 * `DELETE /meows/<id>` for operators, with `Authorization: Bearer <token>`, on a port of its own that nginx
 * does not serve. 204 when it is deleted, also when it was unknown: an index or a backup may still hold it.
 */
export function serveAdminApi({ port, token, deleteMeows, logger }: AdminApiOptions): Promise<Served> {
  const routes = {
    methods: { '/meows/:id': ['DELETE'] },
    register(app: IRouter) {
      app.delete('/meows/:id', async (req, res) => {
        if (!isAuthorized(req, token)) {
          res.setHeader('www-authenticate', 'Bearer');
          throw new HttpError(401, 'Wrong or missing token');
        }
        const { id } = req.params;
        if (!isMeowId(id)) throw new HttpError(400, 'Invalid id');
        try {
          const deleted = await deleteMeows([id], traceHeadersOf(req, res));
          logger.info({ id, known: deleted.has(id) }, 'deleted a meow');
        } catch (cause) {
          throw new HttpError(500, 'Failed to delete meow', { cause });
        }
        res.status(204).end();
      });
    },
  };
  return serve([{ routes, checks: [], close: async () => {} }], { logger, port });
}

/** Compares digests: equal length, and no hint in the time it takes. */
function isAuthorized(req: Request, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
