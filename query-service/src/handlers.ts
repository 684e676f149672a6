import { createFairQueue } from '@meower/shared/async/fair-queue.ts';
import { createSingleFlight } from '@meower/shared/async/single-flight.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { clientNetwork } from '@meower/shared/http/client-network.ts';
import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import { combineRoutes, type Routes } from '@meower/shared/http/express-app.ts';
import {
  integerParameter,
  parseInput,
  queryParameters,
  takeParameter,
} from '@meower/shared/http/parameters.ts';
import { sendPrepared } from '@meower/shared/http/prepared-response.ts';
import { meowJson, meowToJson } from '@meower/shared/meow/meow.ts';
import { wellFormed } from '@meower/shared/meow/meow-body.ts';
import { isMeowId } from '@meower/shared/meow/meow-id.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { createRepeatedLog } from '@meower/shared/process/repeated-log.ts';
import {
  IndexMissingError,
  MAX_SEARCH_DEPTH,
  type SearchRepository,
  type SearchResult,
} from '@meower/shared/search/search-repository.ts';
import { z } from 'zod';
import { createListPages } from './list-pages.ts';
import { pageRoutes } from './page-handlers.ts';
import {
  before,
  etag,
  INVALID_BEFORE,
  idInPath,
  MAX_READS,
  NOT_MODIFIED,
  OVERLOADED,
  orHttpError,
  READ_ERRORS,
} from './read-answers.ts';

interface QueryHandlers {
  repository: Pick<MeowRepository, 'dataVersion' | 'listMeows' | 'listMeowsBefore' | 'findMeow'>;
  search: Pick<SearchRepository, 'searchWithCompleteness'>;
  concurrentSearches: number;
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
const listParameters = z
  .object({
    skip: integerParameter('skip', 0, MAX_SKIP, TOO_DEEP).describe('How many of the newest to leave out'),
    take: takeParameter,
    before,
  })
  // `skip` counts from the newest meow: together with `before` it would count from two places.
  .refine(({ before, skip }) => before === undefined || skip === 0, INVALID_SKIP);

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

const NOT_FOUND = 'Meow not found';

const MAX_WAITING_SEARCHES = 200;

/** The query side: `GET /meows`, `GET /meows/<id>`, `GET /search`, and what `pageRoutes` has. */
export function queryRoutes({
  repository,
  search,
  concurrentSearches,
  onIndexIncomplete,
  logger,
  page,
  behindProxy,
}: QueryHandlers): Routes {
  const list = createListPages(repository);
  const find = createSingleFlight((id) => repository.findMeow(id), { maxKeys: MAX_READS });
  const inTurn = createFairQueue({ concurrent: concurrentSearches, maxWaiting: MAX_WAITING_SEARCHES });
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
    }),
    pageRoutes({ repository, find, page, logger }),
  ]);
}
