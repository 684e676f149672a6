import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { createIdGenerator } from '../../meow/meow-id.ts';
import { createElasticRepository, type ElasticConfig } from '../elastic.ts';
import { type SearchRepository, SearchUnavailableError } from '../search-repository.ts';

const newMeowId = createIdGenerator();
const newMeow = (body = 'meow') => ({ ...newMeowId(), body });

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

function open(node: string, config: Partial<ElasticConfig> = {}): SearchRepository {
  const repository = createElasticRepository(
    {
      node,
      alias: 'meows',
      replicas: 0,
      refreshInterval: '1s',
      searchTimeoutMs: 200,
      timeoutMs: 200,
      ...config,
    },
    { logger: pino({ level: 'silent' }) },
  );
  cleanUp.push(() => repository.close());
  return repository;
}

/** Listens in place of the engine. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    // Without it the client does not accept the server as Elasticsearch.
    response.setHeader('x-elastic-product', 'Elasticsearch');
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/vnd.elasticsearch+json;compatible-with=9' });
  response.end(JSON.stringify(body));
}

const methods: [string, (repository: SearchRepository) => Promise<unknown>][] = [
  ['ping', (repository) => repository.ping()],
  ['prepare', (repository) => repository.prepare()],
  ['insertMeow', (repository) => repository.insertMeow(newMeow())],
  ['insertMeows', (repository) => repository.insertMeows([newMeow()])],
  ['searchMeows', (repository) => repository.searchMeows('meow', 0, 10)],
  ['searchWithCompleteness', (repository) => repository.searchWithCompleteness('meow', 0, 10)],
  ['findIds', (repository) => repository.findIds(['id'])],
  ['count', (repository) => repository.count()],
  ['refresh', (repository) => repository.refresh()],
  ['rebuild', (repository) => repository.rebuild()],
  ['deleteLeftovers', (repository) => repository.deleteLeftovers()],
];

const failures: [string, () => Promise<string>][] = [
  [
    'the port is closed',
    async () => {
      const node = await serve(() => {});
      await cleanUp.pop()?.();
      return node;
    },
  ],
  ['the engine hangs', () => serve(() => {})],
  [
    'the response stops in the middle',
    () => serve((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{')),
  ],
  ['the connection breaks', () => serve((request) => request.socket.destroy())],
  [
    'the engine has no master',
    () =>
      serve((_, response) => respond(response, 503, { error: { type: 'master_not_discovered_exception' } })),
  ],
  [
    'the engine is overloaded',
    () =>
      serve((_, response) => respond(response, 429, { error: { type: 'es_rejected_execution_exception' } })),
  ],
  [
    'a gateway in between fails',
    () => serve((_, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>')),
  ],
  [
    'the login is refused',
    () => serve((_, response) => respond(response, 401, { error: { type: 'security_exception' } })),
  ],
];

describe.each(failures)('when %s', (_, start) => {
  test.each(methods)(
    '%s rejects within its timeout with SearchUnavailableError and the cause',
    async (_, call) => {
      const repository = open(await start());
      const error = await call(repository).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).toBeInstanceOf(SearchUnavailableError);
      expect((error as Error).cause).toBeInstanceOf(Error);
    },
  );
});

test('closing settles requests in flight, and may be repeated', async () => {
  const repository = open(await serve(() => {}));
  const search = expect(repository.searchMeows('meow', 0, 10)).rejects.toThrow(SearchUnavailableError);
  await Promise.all([repository.close(), repository.close(), search]);
  await expect(repository.ping()).rejects.toThrow(SearchUnavailableError);
});

test('a search that the engine could not finish in time rejects', async () => {
  const partial = { timed_out: true, took: 200, hits: { hits: [] }, _shards: { failed: 0 } };
  const repository = open(await serve((_, response) => respond(response, 200, partial)));
  await expect(repository.searchMeows('meow', 0, 10)).rejects.toThrow(SearchUnavailableError);
});

const item = (status: number, type?: string) => ({
  index: { status, ...(type && { error: { type, reason: 'because' } }) },
});

describe('a bulk request that fails in part', () => {
  test('resolves to an outcome for each meow, in order', async () => {
    const items = [
      item(201),
      item(429, 'es_rejected_execution_exception'),
      item(400, 'document_parsing_exception'),
      item(200),
      item(503, 'unavailable_shards_exception'),
      item(403, 'cluster_block_exception'),
    ];
    const repository = open(
      await serve((_, response) => respond(response, 200, { took: 1, errors: true, items })),
    );
    expect(await repository.insertMeows(items.map(() => newMeow()))).toEqual([
      { status: 'indexed' },
      { status: 'busy', reason: 'es_rejected_execution_exception: because' },
      { status: 'refused', reason: 'document_parsing_exception: because' },
      { status: 'indexed' },
      { status: 'busy', reason: 'unavailable_shards_exception: because' },
      { status: 'busy', reason: 'cluster_block_exception: because' },
    ]);
  });

  test.each([
    [429, 'es_rejected_execution_exception', SearchUnavailableError],
    [400, 'document_parsing_exception', /refuses .* document_parsing_exception: because/],
  ])('a single meow with %i rejects', async (status, type, expected) => {
    const items = [item(status, type)];
    const repository = open(
      await serve((_, response) => respond(response, 200, { took: 1, errors: true, items })),
    );
    await expect(repository.insertMeow(newMeow())).rejects.toThrow(expected);
  });

  test('outcomes of earlier requests are kept when a later one fails', async () => {
    let requests = 0;
    const node = await serve((request, response) => {
      request.resume();
      if (++requests === 1) respond(response, 200, { took: 1, errors: false, items: [item(201), item(201)] });
      else respond(response, 503, {});
    });
    const meows = Array.from({ length: 6 }, () => newMeow('x'.repeat(100)));
    const outcomes = await open(node, { maxBulkBytes: 900 }).insertMeows(meows);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'indexed',
      'indexed',
      'busy',
      'busy',
      'busy',
      'busy',
    ]);
    expect(requests).toBe(2);
  });
});

test('no bulk request is larger than the setting, as long as each meow fits', async () => {
  const sizes: number[] = [];
  const node = await serve(async (request, response) => {
    const lines = await text(request);
    sizes.push(Buffer.byteLength(lines));
    const items = Array.from({ length: lines.trimEnd().split('\n').length / 2 }, () => item(201));
    respond(response, 200, { took: 1, errors: false, items });
  });
  const meows = Array.from({ length: 500 }, (_, i) => newMeow('🐱'.repeat(i % 140)));
  const outcomes = await open(node, { maxBulkBytes: 10_000, timeoutMs: 10_000 }).insertMeows(meows);
  expect(outcomes).toEqual(meows.map(() => ({ status: 'indexed' })));
  expect(sizes.length).toBeGreaterThan(10);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(10_000);
});
