import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MeowJson } from '@meower/shared/meow/meow.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { createMeowerClient, type MeowerClientOptions } from './http-client.ts';
import { problemOf } from './problem.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function apiOf(listener: RequestListener, options?: MeowerClientOptions<MeowJson>) {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return createMeowerClient(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`, options);
}

function answering(status: number, body: unknown, headers: Record<string, string> = {}): RequestListener {
  return (_, res) =>
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

test('posts the text with its key and resolves to the id', async () => {
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

test('begins a trace with each meow, which a proof of work continues', async () => {
  const traces: unknown[] = [];
  const api = await apiOf(
    (req, res) => {
      const isPost = req.url === '/meows';
      if (isPost) traces.push(req.headers.traceparent);
      if (isPost && !req.headers.altcha) answering(429, { error: 'no' })(req, res);
      else answering(200, { id: 'x1' })(req, res);
    },
    { solve: async () => 'solved' },
  );
  await api.createMeow('purr');
  await api.createMeow('purr');
  const [first, continued, second] = traces;
  for (const trace of traces) expect(trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(continued).toBe(first);
  expect(second).not.toBe(first);
});

test('sends a post over the limit again with a proof of work, under the same key', async () => {
  const seen: unknown[] = [];
  const challenge = { parameters: 'p', signature: 's' };
  const api = await apiOf(
    (req, res) => {
      const { 'idempotency-key': key, altcha } = req.headers;
      seen.push([req.method, req.url, key, altcha]);
      if (req.url?.startsWith('/challenge')) answering(200, challenge)(req, res);
      else if (altcha) answering(200, { id: 'x1' })(req, res);
      else answering(429, { error: 'no' }, { 'retry-after': '5' })(req, res);
    },
    { solve: async (received) => `solved ${JSON.stringify(received)}` },
  );
  const onProving = vi.fn<() => void>();
  expect(await api.createMeow('purr', 'key-1', onProving)).toBe('x1');
  expect(onProving).toHaveBeenCalledOnce();
  expect(seen).toEqual([
    ['POST', '/meows', 'key-1', undefined],
    ['GET', '/challenge?key=key-1', undefined, undefined],
    ['POST', '/meows', 'key-1', `solved ${JSON.stringify(challenge)}`],
  ]);
});

test('reports a post over the limit as "busy" if there is no challenge, or no solution', async () => {
  const refusing: RequestListener = (req, res) =>
    answering(req.url === '/meows' ? 429 : 404, { error: 'no' })(req, res);
  const without = await apiOf(refusing);
  await expect(without.createMeow('purr', 'key-1')).rejects.toMatchObject({ problem: 'busy' });
  server?.close();
  const unsolved = await apiOf((req, res) => answering(req.url === '/meows' ? 429 : 200, {})(req, res), {
    solve: () => Promise.reject(new Error('too slow')),
  });
  await expect(unsolved.createMeow('purr', 'key-1')).rejects.toMatchObject({ problem: 'busy' });
});

test('requests a page of meows by key', async () => {
  let url: string | undefined;
  const api = await apiOf((req, res) => {
    url = req.url;
    answering(200, [{ id: 'a', body: '1 &lt; 2', created_at: 't' }])(req, res);
  });

  expect(await api.listMeows({ take: 20, before: 'b' })).toEqual([
    { id: 'a', body: '1 &lt; 2', created_at: 't' },
  ]);
  expect(url).toBe('/meows?take=20&before=b');
});

test('reports a meow with a reason and a text', async () => {
  let seen = '';
  const api = await apiOf((req, res) => {
    req.on('data', (chunk) => {
      seen += `${req.method} ${req.url} ${chunk}`;
    });
    req.on('end', () => answering(202, {})(req, res));
  });
  expect(await api.reportMeow('x1', { reason: 'spam', text: 'ads' })).toBe(true);
  expect(seen).toBe('POST /meows/x1/reports {"reason":"spam","text":"ads"}');
});

test.each([
  [404, 'Not found', false],
  [405, 'Method not allowed', false],
  [404, 'Meow not found', 'missing'],
  [429, 'Too many requests, try again', 'busy'],
  [400, 'Invalid reason', 'refused'],
])(
  'tells a server without reports from one that refuses a report: %i %s',
  async (status, error, expected) => {
    const api = await apiOf(answering(status, { error }));
    const result = api.reportMeow('x1', { reason: 'spam' }).catch(problemOf);
    expect(await result).toBe(expected);
  },
);

test('distinguishes a degraded search from one without results', async () => {
  const degraded = await apiOf(answering(200, [], { 'x-degraded': 'search' }));
  expect(await degraded.searchMeows('cat', { skip: 0, take: 30 })).toEqual({ meows: [], degraded: true });
  server?.close();

  const found = await apiOf(answering(200, []));
  expect(await found.searchMeows('cat', { skip: 0, take: 30 })).toEqual({ meows: [], degraded: false });
});

test.each([
  [400, 'refused'],
  [404, 'missing'],
  [429, 'busy'],
  [500, 'broken'],
  [502, 'unreachable'],
  [504, 'slow'],
  [503, 'busy'],
])('reports status %i as "%s"', async (status, problem) => {
  const api = await apiOf(answering(status, { error: 'no' }));
  await expect(api.getMeow('a')).rejects.toMatchObject({ name: 'ApiError', problem });
});

test('remembers until when the server is busy', async () => {
  const api = await apiOf(answering(503, { error: 'no' }, { 'retry-after': '7' }));
  expect(api.busyUntil).toBe(0);
  await expect(api.listMeows({ take: 1 })).rejects.toMatchObject({
    problem: 'busy',
    retryAfterMs: 7_000,
  });
  expect(api.busyUntil - Date.now()).toBeGreaterThan(6_000);
});

test('reports a stopped server as unreachable', async () => {
  const api = await apiOf(answering(200, []));
  server?.close();
  await expect(api.listMeows({ take: 1 })).rejects.toMatchObject({ problem: 'unreachable' });
});

test('reports a web page in place of an answer as unreachable, not as an empty timeline or a posted meow', async () => {
  const api = await apiOf((_, res) =>
    res.writeHead(200, { 'content-type': 'text/html' }).end('<p>Welcome to the Wi-Fi'),
  );
  await expect(api.listMeows({ take: 1 })).rejects.toMatchObject({ problem: 'unreachable' });
  await expect(api.getMeow('x')).rejects.toMatchObject({ problem: 'unreachable' });
  await expect(api.createMeow('x', 'key')).rejects.toMatchObject({ problem: 'unreachable' });
  await expect(api.searchMeows('x', { skip: 0, take: 1 })).rejects.toMatchObject({ problem: 'unreachable' });
});
