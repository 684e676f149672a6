import { createApp } from '@meower/shared/http/express-app.ts';
import { type HttpServer, listen } from '@meower/shared/http/server.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { limitRequests, limitUpgrades } from './rate-limits.ts';

const limits = { posts: 3, searches: 2, handshakes: 4, reads: 5, requests: 6, sockets: 2 };
let server: HttpServer;
let release: () => void;
const webSockets = new WebSocketServer({ noServer: true });

beforeEach(async () => {
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const app = createApp({
    logger: silentLogger,
    guard: limitRequests(limits),
    checks: [],
    routes: [
      {
        methods: { '/meows': ['GET', 'POST'], '/search': ['GET'], '/held': ['GET'] },
        register(app) {
          for (const path of ['/meows', '/search']) app.all(path, (_req, res) => void res.json([]));
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
});
afterEach(async () => {
  release();
  for (const client of webSockets.clients) client.terminate();
  await server.close();
});

const request = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

test.each([
  ['POST', '/meows', limits.posts],
  ['GET', '/meows?take=1', limits.reads],
  ['GET', '/search?query=cat', limits.searches],
])('answers more than the limit of %s %s with 429', async (method, path, limit) => {
  for (let i = 0; i < limit; i++) expect((await request(path, method)).status).toBe(200);
  const refused = await request(path, method);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await refused.json()).toEqual({ error: 'Too many requests, try again' });
  expect((await request('/healthz')).status).toBe(200);
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
