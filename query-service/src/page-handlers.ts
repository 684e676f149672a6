import { createSingleFlight } from '@meower/shared/async/single-flight.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { combineRoutes, type Routes } from '@meower/shared/http/express-app.ts';
import { parseInput, queryParameters } from '@meower/shared/http/parameters.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import { isMeowId } from '@meower/shared/meow/meow-id.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { createRepeatedLog } from '@meower/shared/process/repeated-log.ts';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { atomFeed } from './atom-feed.ts';
import { missingMeowPage, originOf, permalinkPage } from './permalink-page.ts';
import { plainListPage } from './plain-page.ts';
import {
  before,
  etag,
  INVALID_BEFORE,
  idInPath,
  MAX_READS,
  NOT_MODIFIED,
  orHttpError,
  READ_ERRORS,
} from './read-answers.ts';

type FindMeow = (id: string) => Promise<Meow | undefined>;

interface PageHandlers {
  repository: Pick<MeowRepository, 'listMeows' | 'listMeowsBefore'>;
  find: FindMeow;
  /** Reads the page (index.html). Without it, there is only the feed. */
  page: (() => Promise<string>) | undefined;
  logger: Logger;
}

/** Meows in the feed, and in a page of the plain list. */
const PLAIN_LENGTH = 50;
/** In place of an id: the first page. */
const NEWEST = '';

const plainParameters = z.object({ before });
const HTML = { mediaType: 'text/html', schema: z.string() };

/** Meows as documents: `GET /feed.atom`, and the pages `GET /m/<id>` and `GET /meows.html`. */
export function pageRoutes({ repository, find, page, logger }: PageHandlers): Routes {
  const listPlain = createSingleFlight(
    (before) =>
      before === NEWEST
        ? repository.listMeows(0, PLAIN_LENGTH)
        : repository.listMeowsBefore(before, PLAIN_LENGTH),
    { maxKeys: MAX_READS },
  );
  return combineRoutes([
    defineRoutes({
      'GET /feed.atom': {
        summary: `Returns the newest ${PLAIN_LENGTH} meows as an Atom feed`,
        answers: {
          200: {
            description: 'The feed',
            mediaType: 'application/atom+xml',
            schema: z.string(),
            headers: { ETag: etag },
          },
          304: NOT_MODIFIED,
        },
        errors: READ_ERRORS,
        async handle(_req, res) {
          const meows = await orHttpError(listPlain(NEWEST));
          res.setHeader('cache-control', 'no-cache');
          res.type('application/atom+xml').send(atomFeed(meows));
        },
      },
    }),
    page &&
      defineRoutes({
        'GET /m/:id': {
          summary: 'The page of one meow, for people and previews of links',
          path: idInPath,
          answers: {
            200: { description: 'The page', ...HTML, headers: { ETag: etag } },
            304: NOT_MODIFIED,
            404: { description: 'The page, without a meow', ...HTML },
            503: { description: 'The page, without its meow, which cannot be read', ...HTML },
          },
          handle: sendPermalink(page, find, logger),
        },

        'GET /meows.html': {
          summary: `The newest ${PLAIN_LENGTH} meows, or the next older ones, for readers without JavaScript`,
          query: plainParameters,
          answers: {
            200: { description: 'The page', ...HTML, headers: { ETag: etag } },
            304: NOT_MODIFIED,
          },
          errors: { 400: [INVALID_BEFORE], ...READ_ERRORS },
          async handle(req, res) {
            const { before = NEWEST } = parseInput(plainParameters, queryParameters(req));
            const meows = await orHttpError(listPlain(before));
            const last = meows.length === PLAIN_LENGTH ? meows.at(-1) : undefined;
            res.setHeader('cache-control', 'no-cache');
            res
              .type('html')
              .send(plainListPage(await page(), meows, last && `/meows.html?before=${last.id}`));
          },
        },
      }),
  ]);
}

/** Sends the page even if the meow cannot be read: the page asks for it again. */
function sendPermalink(page: () => Promise<string>, find: FindMeow, logger: Logger): RequestHandler {
  const logFailure = createRepeatedLog(logger, 'warn');
  return async (req, res) => {
    const id = String(req.params.id);
    const shell = await page();
    res.type('html').setHeader('cache-control', 'no-cache');
    try {
      const meow = isMeowId(id) ? await find(id) : undefined;
      if (meow) res.send(permalinkPage(shell, meow, originOf(req)));
      else res.status(404).send(missingMeowPage(shell));
    } catch (error) {
      logFailure({ err: error, id }, 'sent the page of a meow without its text');
      res.status(503).send(shell);
    }
  };
}
