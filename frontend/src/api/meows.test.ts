// @vitest-environment node
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createMeowApi, pusherUrl } from './meows.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function apiOf(listener: RequestListener) {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return createMeowApi(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`);
}

function answering(status: number, body: unknown, headers: Record<string, string> = {}): RequestListener {
  return (_, res) =>
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

test('A post carries its text and its key, and gives the id', async () => {
  let seen = '';
  const api = await apiOf((req, res) => {
    req.on('data', (chunk) => {
      seen += `${req.method} ${req.url} ${req.headers['idempotency-key']} ${chunk}`;
    });
    req.on('end', () => answering(200, { id: 'x1' })(req, res));
  });

  expect(await api.createMeow('Purr & <b>', 'key-1')).toBe('x1');
  expect(seen).toBe('POST /meows key-1 {"body":"Purr & <b>"}');
});

test('A page of meows is asked for by key and comes decoded', async () => {
  let url: string | undefined;
  const api = await apiOf((req, res) => {
    url = req.url;
    answering(200, [{ id: 'a', body: '1 &lt; 2', created_at: 't' }])(req, res);
  });

  expect(await api.listMeows({ take: 20, before: 'b' })).toEqual([
    { id: 'a', text: '1 < 2', createdAt: 't' },
  ]);
  expect(url).toBe('/meows?take=20&before=b');
});

test('An empty answer of a degraded search is told from one that found nothing', async () => {
  const away = await apiOf(answering(200, [], { 'x-degraded': 'search' }));
  expect(await away.searchMeows('cat', { skip: 0, take: 30 })).toEqual({ meows: [], degraded: true });
  server?.close();

  const found = await apiOf(answering(200, []));
  expect(await found.searchMeows('cat', { skip: 0, take: 30 })).toEqual({ meows: [], degraded: false });
});

test.each([
  [400, 'refused'],
  [404, 'missing'],
  [429, 'busy'],
  [500, 'broken'],
  [502, 'broken'],
  [503, 'busy'],
])('A status of %i is the problem "%s"', async (status, problem) => {
  const api = await apiOf(answering(status, { error: 'no' }));
  await expect(api.getMeow('a')).rejects.toMatchObject({ name: 'ApiError', problem });
});

test('A server that is not there is unreachable', async () => {
  const api = await apiOf(answering(200, []));
  server?.close();
  await expect(api.listMeows({ take: 1 })).rejects.toMatchObject({ problem: 'unreachable' });
});

test('A page in place of an answer is a broken server, not an empty timeline', async () => {
  const api = await apiOf((_, res) =>
    res.writeHead(200, { 'content-type': 'text/html' }).end('<p>Welcome to the Wi-Fi'),
  );
  await expect(api.listMeows({ take: 1 })).rejects.toMatchObject({ problem: 'broken' });
  await expect(api.searchMeows('x', { skip: 0, take: 1 })).rejects.toMatchObject({ problem: 'broken' });
});

test('The pusher is asked on the same host, securely where the page is secure', () => {
  const page = (href: string) => ({ href }) as Location;
  expect(pusherUrl(undefined, page('http://cats.example:8080/m/x?y#z'))).toBe(
    'ws://cats.example:8080/pusher',
  );
  expect(pusherUrl(12, page('https://cats.example/'))).toBe('wss://cats.example/pusher?cursor=12');
});
