import { createFairQueue } from '@meower/shared/async/fair-queue.ts';
import { OverloadedError } from '@meower/shared/async/overloaded-error.ts';
import { createSingleFlight } from '@meower/shared/async/single-flight.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { clientNetwork } from '@meower/shared/http/client-network.ts';
import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { failedRequest, HttpError } from '@meower/shared/http/errors.ts';
import { combineRoutes, type Routes } from '@meower/shared/http/express-app.ts';
import {
  integerParameter,
  parseInput,
  queryParameters,
  takeParameter,
} from '@meower/shared/http/parameters.ts';
import { sendPrepared } from '@meower/shared/http/prepared-response.ts';
import { type Meow, meowJson, meowToJson } from '@meower/shared/meow/meow.ts';
import { wellFormed } from '@meower/shared/meow/meow-body.ts';
import { isMeowId, MEOW_ID } from '@meower/shared/meow/meow-id.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { createRepeatedLog } from '@meower/shared/process/repeated-log.ts';
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
  /** Whether a proxy names the clients; see `clientNetwork`. */
  behindProxy: boolean;
}

/** The database counts through all meows that are skipped. */
const MAX_SKIP = 10_000;
const TOO_DEEP = `skip is at most ${MAX_SKIP}: use before=<id> for older meows`;
const INVALID_SKIP = 'Invalid skip parameter';
const INVALID_TAKE = 'Invalid take parameter';
const INVALID_BEFORE = 'Invalid before parameter';
const before = z
  .string(INVALID_BEFORE)
  .regex(MEOW_ID, INVALID_BEFORE)
  .optional()
  .describe('The meows that are older than this one');
const listParameters = z
  .object({
    skip: integerParameter('skip', 0, MAX_SKIP, TOO_DEEP).describe('How many of the newest to leave out'),
    take: takeParameter,
    before,
  })
  // `skip` counts from the newest meow: together with `before` it would count from two places.
  .refine(({ before, skip }) => before === undefined || skip === 0, INVALID_SKIP);

const plainParameters = z.object({ before });

const MISSING_QUERY = 'Missing query parameter';
const INVALID_QUERY = 'Invalid query parameter';
const searchParameters = z
  .object({
    query: z
      .string({ error: ({ input }) => (input === undefined ? MISSING_QUERY : INVALID_QUERY) })
      .min(1, MISSING_QUERY)
      .overwrite(wellFormed)
      .describe('The first 140 characters are read, and the first 10 different words of these'),
    skip: integerParameter('skip', 0, MAX_SEARCH_DEPTH).describe('How many of the best to leave out'),
    take: takeParameter,
  })
  .refine(({ skip, take }) => skip + take <= MAX_SEARCH_DEPTH, INVALID_SKIP);

const idInPath = z.object({ id: z.string().regex(MEOW_ID) });
const etag = z.string().describe('For `If-None-Match`');

const NOT_FOUND = 'Meow not found';
const FAILED = 'Could not fetch meows';
const OVERLOADED = 'Too many requests, try again';
/** What `orHttpError` answers, for the documents of the interface. */
const READ_ERRORS = { 500: [FAILED], 503: [FAILED, OVERLOADED] };
const HTML = { mediaType: 'text/html', schema: z.string() };
const NOT_MODIFIED = { description: 'It has the ETag of `If-None-Match`', headers: { ETag: etag } };

/** Meows in the feed, and in a page of the plain list. */
const PLAIN_LENGTH = 50;
/** In place of an id: the first page. */
const NEWEST = '';
/** Different meows that may be read concurrently. */
const MAX_READS = 500;
/** More would only wait in the engine, where clients do not take turns. */
const SEARCHES = { concurrent: 4, maxWaiting: 200 };

/** The query side: `GET /meows`, `GET /meows/<id>`, `GET /search`, `GET /feed.atom`, and the pages `GET /m/<id>`, `GET /meows.html`. */
export function queryRoutes({
  repository,
  search,
  onIndexIncomplete,
  logger,
  page,
  behindProxy,
}: QueryHandlers): Routes {
  const list = createListPages(repository);
  const find = createSingleFlight((id) => repository.findMeow(id), { maxKeys: MAX_READS });
  const listPlain = createSingleFlight(
    (before) =>
      before === NEWEST
        ? repository.listMeows(0, PLAIN_LENGTH)
        : repository.listMeowsBefore(before, PLAIN_LENGTH),
    { maxKeys: MAX_READS },
  );
  const inTurn = createFairQueue(SEARCHES);
  const logUnavailable = createRepeatedLog(logger, 'warn');

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
      logUnavailable({ err: error, requestId }, 'search is unavailable');
      if (error instanceof IndexMissingError) onIndexIncomplete();
      return { meows: [], complete: false };
    }
  };

  const pages = page && pageRoutes({ page, find, listPlain, logger });
  return combineRoutes([
    defineRoutes({
      'GET /meows': {
        summary: 'Lists the meows, newest first',
        description:
          'Contains every meow whose post was answered before the request. `skip` and `before` exclude each other.',
        query: listParameters,
        answers: {
          200: {
            description: 'The meows',
            schema: z.array(meowJson),
            headers: {
              ETag: etag,
              Link: z.string().optional().describe('The next page, if there may be one'),
            },
          },
          304: NOT_MODIFIED,
        },
        errors: { 400: [INVALID_SKIP, TOO_DEEP, INVALID_TAKE, INVALID_BEFORE], ...READ_ERRORS },
        async handle(req, res) {
          sendPrepared(req, res, await orHttpError(list(parseInput(listParameters, queryParameters(req)))));
        },
      },

      'GET /meows/:id': {
        summary: 'Returns one meow',
        path: idInPath,
        answers: {
          200: { description: 'The meow', schema: meowJson, headers: { ETag: etag } },
          304: NOT_MODIFIED,
        },
        errors: { 404: [NOT_FOUND], ...READ_ERRORS },
        async handle(req, res) {
          const id = String(req.params.id);
          const meow = isMeowId(id) ? await orHttpError(find(id)) : undefined;
          if (!meow) throw new HttpError(404, NOT_FOUND);
          res.setHeader('cache-control', 'no-cache');
          res.json(meowToJson(meow));
        },
      },

      'GET /search': {
        summary: 'Searches meows, best match first',
        description: `Any of the words matches, also with typing errors; more of them rank higher. \`skip\` and \`take\` are together at most ${MAX_SEARCH_DEPTH}.`,
        query: searchParameters,
        answers: {
          200: {
            description: 'What was found',
            schema: z.array(meowJson),
            headers: {
              ETag: etag,
              'X-Degraded': z
                .literal('search')
                .optional()
                .describe('The search engine is unavailable or incomplete: meows may be missing'),
            },
          },
          304: NOT_MODIFIED,
        },
        errors: {
          400: [MISSING_QUERY, INVALID_QUERY, INVALID_SKIP, INVALID_TAKE],
          503: [OVERLOADED],
        },
        async handle(req, res) {
          const { query, skip, take } = parseInput(searchParameters, queryParameters(req));
          const requestId = res.getHeader('x-request-id');
          const client = clientNetwork(req, behindProxy);
          const found = inTurn(client, () => searchOrNothing(query, skip, take, requestId));
          const { meows, complete } = await orHttpError(found);
          if (!complete) res.setHeader('x-degraded', 'search');
          res.setHeader('cache-control', 'no-cache');
          res.json(meows.map(meowToJson));
        },
      },

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
    pages,
  ]);
}

interface PageHandlers {
  page(): Promise<string>;
  find(id: string): Promise<Meow | undefined>;
  listPlain(before: string): Promise<Meow[]>;
  logger: Logger;
}

function pageRoutes({ page, find, listPlain, logger }: PageHandlers): Routes {
  return defineRoutes({
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
        res.type('html').send(plainListPage(await page(), meows, last && `/meows.html?before=${last.id}`));
      },
    },
  });
}

/** Sends the page even if the meow cannot be read: the page asks for it again. */
function sendPermalink(
  page: () => Promise<string>,
  find: (id: string) => Promise<Meow | undefined>,
  logger: Logger,
): RequestHandler {
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

/** Rejects with the answer of the client; the cause is only logged. */
async function orHttpError<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    if (cause instanceof OverloadedError) throw new HttpError(503, OVERLOADED, { cause });
    throw failedRequest(FAILED, cause);
  }
}
