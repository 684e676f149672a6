import { createConcurrencyLimit } from '@meower/shared/async/concurrency-limit.ts';
import { OverloadedError } from '@meower/shared/async/overloaded-error.ts';
import { createSingleFlight } from '@meower/shared/async/single-flight.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import { pageParameters, parseInput, queryParameters } from '@meower/shared/http/parameters.ts';
import { sendPrepared } from '@meower/shared/http/prepared-response.ts';
import { type Meow, meowToJson } from '@meower/shared/meow/meow.ts';
import { wellFormed } from '@meower/shared/meow/meow-body.ts';
import { isMeowId } from '@meower/shared/meow/meow-id.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import {
  IndexMissingError,
  MAX_SEARCH_DEPTH,
  type SearchRepository,
  type SearchResult,
} from '@meower/shared/search/search-repository.ts';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { atomFeed } from './atom-feed.ts';
import { createListPages } from './list-pages.ts';
import { missingMeowPage, originOf, permalinkPage } from './permalink-page.ts';
import { plainListPage } from './plain-page.ts';

interface QueryHandlers {
  repository: Pick<MeowRepository, 'dataVersion' | 'listMeows' | 'listMeowsBefore' | 'findMeow'>;
  search: Pick<SearchRepository, 'searchWithCompleteness'>;
  /** A search has found the index missing or incomplete. */
  onIndexIncomplete(): void;
  logger: Logger;
  /** Reads the page (index.html), which permalinks and the plain list fill. Without it, there are none. */
  page?: (() => Promise<string>) | undefined;
}

/** The database counts through all meows that are skipped. */
const MAX_SKIP = 10_000;
const INVALID_BEFORE = 'Invalid before parameter';
const before = z.string(INVALID_BEFORE).refine(isMeowId, INVALID_BEFORE).optional();
const listParameters = z
  .object({ ...pageParameters, before })
  .refine(({ skip }) => skip <= MAX_SKIP, `skip is at most ${MAX_SKIP}: use before=<id> for older meows`)
  // `skip` counts from the newest meow: together with `before` it would count from two places.
  .refine(({ before, skip }) => before === undefined || skip === 0, 'Invalid skip parameter');

const plainParameters = z.object({ before });

const MISSING_QUERY = 'Missing query parameter';
const searchParameters = z
  .object({
    query: z
      .string({ error: ({ input }) => (input === undefined ? MISSING_QUERY : 'Invalid query parameter') })
      .min(1, MISSING_QUERY)
      .transform(wellFormed),
    ...pageParameters,
  })
  .refine(({ skip, take }) => skip + take <= MAX_SEARCH_DEPTH, 'Invalid skip parameter');

/** Meows in the feed, and in a page of the plain list. */
const PLAIN_LENGTH = 50;
/** In place of an id: the first page. */
const NEWEST = '';
/** Different meows that may be read concurrently. */
const MAX_READS = 500;
/**
 * Searches in progress, most of which wait for one of the engine's connections. Each ends within the engine's
 * search timeout.
 */
const MAX_SEARCHES = 200;

/** The query side: `GET /meows`, `GET /meows/<id>`, `GET /search`, `GET /feed.atom`, and the pages `GET /m/<id>`, `GET /meows.html`. */
export function queryRoutes({ repository, search, onIndexIncomplete, logger, page }: QueryHandlers): Routes {
  const list = createListPages(repository);
  const find = createSingleFlight((id) => repository.findMeow(id), { maxKeys: MAX_READS });
  const listPlain = createSingleFlight(
    (before) =>
      before === NEWEST
        ? repository.listMeows(0, PLAIN_LENGTH)
        : repository.listMeowsBefore(before, PLAIN_LENGTH),
    { maxKeys: MAX_READS },
  );
  const limitSearches = createConcurrencyLimit(MAX_SEARCHES);

  /** Finds nothing, instead of failing, while the engine is unavailable. */
  const searchOrNothing = async (
    query: string,
    skip: number,
    take: number,
    requestId: unknown,
  ): Promise<SearchResult> => {
    try {
      const result = await search.searchWithCompleteness(query, skip, take);
      if (!result.complete) onIndexIncomplete();
      return result;
    } catch (error) {
      logger.warn({ err: error, requestId }, 'search is unavailable');
      if (error instanceof IndexMissingError) onIndexIncomplete();
      return { meows: [], complete: false };
    }
  };

  return {
    methods: {
      '/meows': ['GET'],
      '/meows/:id': ['GET'],
      '/search': ['GET'],
      '/feed.atom': ['GET'],
      ...(page && { '/m/:id': ['GET'], '/meows.html': ['GET'] }),
    },
    register(app) {
      app.get('/meows', async (req, res) => {
        sendPrepared(req, res, await orHttpError(list(parseInput(listParameters, queryParameters(req)))));
      });

      app.get('/meows/:id', async (req, res) => {
        const meow = isMeowId(req.params.id) ? await orHttpError(find(req.params.id)) : undefined;
        if (!meow) throw new HttpError(404, 'Meow not found');
        res.setHeader('cache-control', 'no-cache');
        res.json(meowToJson(meow));
      });

      app.get('/search', async (req, res) => {
        const { query, skip, take } = parseInput(searchParameters, queryParameters(req));
        const requestId = res.getHeader('x-request-id');
        const found = limitSearches(() => searchOrNothing(query, skip, take, requestId));
        const { meows, complete } = await orHttpError(found);
        if (!complete) res.setHeader('x-degraded', 'search');
        res.setHeader('cache-control', 'no-cache');
        res.json(meows.map(meowToJson));
      });

      app.get('/feed.atom', async (_req, res) => {
        const meows = await orHttpError(listPlain(NEWEST));
        res.setHeader('cache-control', 'no-cache');
        res.type('application/atom+xml').send(atomFeed(meows));
      });

      if (!page) return;
      app.get('/m/:id', sendPermalink(page, find, logger));
      app.get('/meows.html', async (req, res) => {
        const { before = NEWEST } = parseInput(plainParameters, queryParameters(req));
        const meows = await orHttpError(listPlain(before));
        const last = meows.length === PLAIN_LENGTH ? meows.at(-1) : undefined;
        res.setHeader('cache-control', 'no-cache');
        res.type('html').send(plainListPage(await page(), meows, last && `/meows.html?before=${last.id}`));
      });
    },
  };
}

/** Sends the page even if the meow cannot be read: the page asks for it again. */
function sendPermalink(
  page: () => Promise<string>,
  find: (id: string) => Promise<Meow | undefined>,
  logger: Logger,
): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const { id } = req.params;
    const shell = await page();
    res.type('html').setHeader('cache-control', 'no-cache');
    try {
      const meow = isMeowId(id) ? await find(id) : undefined;
      if (meow) res.send(permalinkPage(shell, meow, originOf(req)));
      else res.status(404).send(missingMeowPage(shell));
    } catch (error) {
      logger.warn({ err: error, id }, 'sent the page of a meow without its text');
      res.status(503).send(shell);
    }
  };
}

/** Rejects with the answer of the client; the cause is only logged. */
async function orHttpError<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    if (cause instanceof OverloadedError) throw new HttpError(503, 'Too many requests, try again', { cause });
    throw new HttpError(500, 'Could not fetch meows', { cause });
  }
}
