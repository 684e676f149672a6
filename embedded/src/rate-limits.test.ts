import { createApp } from '@meower/shared/http/express-app.ts';
import { type HttpServer, listen } from '@meower/shared/http/server.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { limitRequests, limitUpgrades } from './rate-limits.ts';

const limits = {
  posts: 3,
  reports: 1,
  proofs: 4,
  searches: 2,
  handshakes: 4,
  reads: 5,
  requests: 6,
  sockets: 2,
};
let server: HttpServer;
let release: () => void;
const webSockets = new WebSocketServer({ noServer: true });

beforeEach(() => start({}));

async function start({ acceptsProofs = true, refusalDelayMs = 10 }): Promise<void> {
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const app = createApp({
    logger: silentLogger,
    guard: limitRequests(limits, acceptsProofs, refusalDelayMs),
    checks: [],
    routes: [
      {
        methods: { '/meows': ['GET', 'POST'], '/search': ['GET'], '/challenge': ['GET'], '/held': ['GET'] },
        register(app) {
          for (const path of ['/meows', '/meows/1/reports', '/search', '/challenge'])
            app.all(path, (_req, res) => void res.json([]));
          app.get('/held', async (_req, res) => {
            await held;
            res.json([]);
          });
        },
      },
    ],
  });
  const open = limitUpgrades(limits, (req, socket, head) =>
    webSockets.handleUpgrade(req, socket, head, () => undefined),
  );
  server = await listen(app, { host: '127.0.0.1', port: 0, upgrades: { '/pusher': open } });
}
afterEach(async () => {
  release();
  for (const client of webSockets.clients) client.terminate();
  await server.close();
});

const request = (path: string, method = 'GET', headers = {}) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers });
const postWithProof = () => request('/meows', 'POST', { altcha: 'checked by the service' });
const TOO_MANY = 'Too many requests, try again';
const TOO_MANY_POSTS =
  'Too many posts from this address: wait, or send a proof of work (docs/interface.md explains GET /challenge)';

test.each([
  ['POST', '/meows', limits.posts, TOO_MANY_POSTS],
  ['POST', '/meows/1/reports', limits.reports, TOO_MANY],
  ['POST', '/meows/1/REPORTS/', limits.reports, TOO_MANY],
  ['GET', '/meows?take=1', limits.reads, TOO_MANY],
  ['GET', '/search?query=cat', limits.searches, TOO_MANY],
  ['GET', '/challenge?key=cat', limits.proofs, TOO_MANY],
])('answers more than the limit of %s %s with 429', async (method, path, limit, error) => {
  for (let i = 0; i < limit; i++) expect((await request(path, method)).status).toBe(200);
  const refused = await request(path, method);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await refused.json()).toEqual({ error });
  expect((await request('/healthz')).status).toBe(200);
});

test('refusals wait, so that a client cannot cause a flood of them', async () => {
  await server.close();
  await start({ refusalDelayMs: 1000 });
  for (let i = 0; i < limits.posts; i++) await request('/meows', 'POST');
  const startedAt = performance.now();
  expect((await request('/meows', 'POST')).status).toBe(429);
  expect(performance.now() - startedAt).toBeGreaterThan(450); // half of the delay; timers may be early
  // Others do not wait, and what is in progress is bounded.
  const refused = Array.from({ length: limits.requests }, () => request('/meows', 'POST'));
  await expect.poll(async () => (await request('/healthz')).status).toBe(429);
  expect(new Set((await Promise.all(refused)).map(({ status }) => status))).toEqual(new Set([429]));
});

test('posts with a proof of work share a limit with the challenges, not with the other posts', async () => {
  for (let i = 0; i <= limits.posts; i++) await request('/meows', 'POST');
  for (let i = 1; i < limits.proofs; i++) expect((await postWithProof()).status).toBe(200);
  expect((await request('/challenge')).status).toBe(200);
  const refused = await postWithProof();
  expect([refused.status, await refused.json()]).toEqual([429, { error: TOO_MANY }]);
});

test('without proofs of work, the header of one exempts from nothing', async () => {
  await server.close();
  await start({ acceptsProofs: false });
  for (let i = 0; i < limits.posts; i++) expect((await postWithProof()).status).toBe(200);
  const refused = await postWithProof();
  expect([refused.status, await refused.json()]).toEqual([429, { error: TOO_MANY }]);
});

test('limits the requests in progress', async () => {
  const held = Array.from({ length: limits.requests }, () => request('/held'));
  const statuses = held.map(async (answer) => (await answer).status);
  await expect.poll(async () => (await request('/healthz')).status).toBe(429);
  release();
  expect(await Promise.all(statuses)).toContain(200);
  await expect.poll(async () => (await request('/healthz')).status).toBe(200);
});

/** The status of the refusal, or 101. */
function connect(): Promise<{ status: number | undefined; socket: WebSocket }> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/pusher`);
  return new Promise((resolve) => {
    socket.on('open', () => resolve({ status: 101, socket }));
    socket.on('unexpected-response', (_req, { statusCode }) => resolve({ status: statusCode, socket }));
    socket.on('error', () => undefined);
  });
}

test('limits the open WebSockets, and the handshakes', async () => {
  const [first, second, third] = [await connect(), await connect(), await connect()];
  expect([first.status, second.status, third.status]).toEqual([101, 101, 429]);
  first.socket.terminate();
  await expect.poll(() => webSockets.clients.size).toBe(1);
  expect((await connect()).status).toBe(101);
  expect((await connect()).status).toBe(429);
});
