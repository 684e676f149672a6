import { DatabaseUnavailableError } from '@meower/shared/db/sql.ts';
import { createApp } from '@meower/shared/http/express-app.ts';
import { type HttpServer, listen } from '@meower/shared/http/server.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { IndexMissingError, SearchUnavailableError } from '@meower/shared/search/search-repository.ts';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { queryRoutes } from './handlers.ts';

const logger = createLogger('test', 'silent');
const meow = { id: '3MOoaTy0qrXfTktGnsN029OvsCm', body: 'meow', createdAt: '2026-11-21T03:17:18.389000Z' };
let server: HttpServer;
let failure: Error | undefined;
let complete: boolean;
let incompleteReports: number;
/** Calls of the repositories, which resolve when this does. */
let calls: number;
let ready: Promise<void>;

beforeAll(async () => {
  const answer = async <T>(result: T): Promise<T> => {
    calls++;
    await ready;
    if (failure) throw failure;
    return result;
  };
  const routes = queryRoutes({
    repository: {
      dataVersion: () => answer('1'),
      listMeows: () => answer([meow]),
      listMeowsBefore: () => answer([]),
      findMeow: () => answer(undefined),
    },
    search: { searchWithCompleteness: () => answer({ meows: [meow], complete }) },
    concurrentSearches: 1,
    behindProxy: false,
    onIndexIncomplete: () => incompleteReports++,
    logger,
  });
  server = await listen(createApp({ logger, routes: [routes], checks: [] }), { port: 0 });
});
beforeEach(() => {
  failure = undefined;
  complete = true;
  incompleteReports = 0;
  calls = 0;
  ready = Promise.resolve();
});
afterAll(() => server.close());

const get = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return {
    status: response.status,
    degraded: response.headers.get('x-degraded'),
    json: await response.json(),
  };
};

test('a search engine that is unavailable is an empty answer with a header', async () => {
  failure = new SearchUnavailableError('no connection');
  expect(await get('/search?query=meow')).toEqual({ status: 200, degraded: 'search', json: [] });
  expect(incompleteReports).toBe(0);
});

test('a missing index is an empty answer with a header, and is reported', async () => {
  failure = new IndexMissingError('index_not_found_exception');
  expect(await get('/search?query=meow')).toEqual({ status: 200, degraded: 'search', json: [] });
  expect(incompleteReports).toBe(1);
});

test('matches from an incomplete index come with a header, and it is reported', async () => {
  complete = false;
  expect(await get('/search?query=meow')).toMatchObject({ degraded: 'search', json: [{ id: meow.id }] });
  expect(incompleteReports).toBe(1);
});

test('matches from a complete index come without the header', async () => {
  expect(await get('/search?query=meow')).toMatchObject({ degraded: null, json: [{ id: meow.id }] });
  expect(incompleteReports).toBe(0);
});

test.each(['/meows', '/meows?before=3MOoaTy0qrXfTktGnsN029OvsCm', `/meows/${meow.id}`])(
  'a failing database is a 500 without details: %s',
  async (path) => {
    failure = new Error('password authentication failed for user "meower"');
    expect(await get(path)).toMatchObject({ status: 500, json: { error: 'Could not fetch meows' } });
  },
);

test('an unavailable database is a 503 with Retry-After and the same sentence', async () => {
  failure = new DatabaseUnavailableError('Postgres is unavailable: no answer within 10000 ms');
  const response = await fetch(`http://127.0.0.1:${server.port}/meows`);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toEqual({ error: 'Could not fetch meows' });
});

test.each([
  ['/search?query=meow', 204],
  ['/meows/', 500],
  ['/meows?skip=', 500],
])('more requests in progress than are allowed are 503 with Retry-After: %s', async (path, max) => {
  const held = Promise.withResolvers<void>();
  ready = held.promise;
  // As long as an id.
  const url = (i: number) => `http://127.0.0.1:${server.port}${path}${String(i).padStart(27, '0')}`;
  const requests = Array.from({ length: max + 1 }, (_, i) => fetch(url(i)));
  const refused = await Promise.race(requests);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.headers.get('x-degraded')).toBe(null);
  expect(await refused.json()).toEqual({ error: 'Too many requests, try again' });

  held.resolve();
  const statuses = (await Promise.all(requests)).map(({ status }) => status);
  const answered = path === '/meows/' ? 404 : 200;
  expect(statuses.toSorted()).toEqual([...Array(max).fill(answered), 503]);
  expect((await fetch(url(max))).status).toBe(answered);
});

test('requests for the same meow share one read of the database', async () => {
  const held = Promise.withResolvers<void>();
  ready = held.promise;
  const first = get(`/meows/${meow.id}`);
  await vi.waitFor(() => expect(calls).toBe(1));
  const others = Array.from({ length: 20 }, () => get(`/meows/${meow.id}`));
  held.resolve();
  for (const { status } of await Promise.all([first, ...others])) expect(status).toBe(404);
  expect(calls).toBeLessThan(10);
});
