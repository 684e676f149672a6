import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { createTestIndex, type TestIndex } from '@meower/shared/testing/elasticsearch.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rebuildIndex } from './rebuild-index.ts';
import { createQueryService } from './service.ts';

const logger = createLogger('test', 'silent');
const newMeowId = createIdGenerator();
const { signal } = new AbortController();
const nothing = () => undefined;

describeReal('elasticsearch', (address) => {
  let opened: AsyncDisposableStack;
  let repository: MeowRepository;
  let index: TestIndex;
  let meows: Meow[];

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    repository = await createPgliteRepository();
    opened.defer(() => repository.close());
    await repository.migrate();
    index = createTestIndex(address);
    opened.defer(() => index.remove());
    meows = await store(30);
  });
  afterEach(() => opened.disposeAsync());

  async function store(count: number): Promise<Meow[]> {
    const stored = Array.from({ length: count }, () => ({ ...newMeowId(), body: 'meow' }));
    await repository.insertMeows(stored.map((meow) => ({ meow, headers: {} })));
    return stored;
  }

  /**
   * A replica of the service that has filled the index; resolves to what it answers to a search that every
   * meow matches.
   */
  async function startReplica(search: SearchRepository) {
    const broker = createInProcessBroker({ logger });
    opened.defer(() => broker.close());
    const service = createQueryService({ repository, broker, search, logger });
    const { port, close } = await serve([service], { logger, port: 0 });
    opened.defer(close);
    const find = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/search?query=meow`);
      return {
        found: ((await response.json()) as unknown[]).length,
        degraded: response.headers.has('x-degraded'),
      };
    };
    const untilComplete = (count: number) =>
      vi.waitFor(async () => expect(await find()).toEqual({ found: count, degraded: false }), 20_000);
    await untilComplete(meows.length);
    return { find, untilComplete };
  }

  test('a replica reports that an index which another one is refilling is incomplete', async () => {
    const replica = await startReplica(index.repository);
    await index.client.indices.delete({ index: await index.indexes() });
    const other = index.another();
    await other.prepare();
    await other.insertMeows(meows.slice(0, 10));
    await other.refresh();
    const { found, degraded } = await replica.find();
    expect(degraded || found === meows.length, `${found} found, degraded: ${degraded}`).toBe(true);
    await replica.untilComplete(meows.length);
  });

  test('a reindex killed at the switch leaves an index that is incomplete, and is then filled', async () => {
    const replica = await startReplica(index.repository);
    const node = await proxyUntilSwitch(async () => {
      // Indexed when everything has been copied, and the old index still takes writes.
      const [late] = (await store(1)) as [Meow];
      await index.repository.insertMeow(late);
    });
    const rebuilding = rebuildIndex({
      repository,
      search: index.another({ node }),
      signal,
      onProgress: nothing,
      onRefused: nothing,
      onBusy: nothing,
    });
    await expect(rebuilding).rejects.toThrow('Elasticsearch');
    const { found, degraded } = await replica.find();
    expect(degraded || found === meows.length + 1, `${found} found, degraded: ${degraded}`).toBe(true);
    await replica.untilComplete(meows.length + 1);
  });

  test('a reindex killed at the switch does not bring back a meow that was deleted meanwhile', async () => {
    const replica = await startReplica(index.repository);
    const [gone] = meows as [Meow];
    const node = await proxyUntilSwitch(async () => {
      // The new index has it already; its event finds the old one in use.
      await repository.deleteMeows([gone.id]);
      await index.repository.deleteMeows([gone.id]);
    });
    const rebuilding = rebuildIndex({
      repository,
      search: index.another({ node }),
      signal,
      onProgress: nothing,
      onRefused: nothing,
      onBusy: nothing,
    });
    await expect(rebuilding).rejects.toThrow('Elasticsearch');
    await replica.untilComplete(meows.length - 1);
  });

  test('a replica deletes the index of an interrupted reindex, which still holds what was deleted since', async () => {
    const search = index.another({ leftoverAfterMs: 0 });
    await search.prepare();
    await (await search.rebuild()).insertMeows(meows);
    expect(await index.indexes()).toHaveLength(2);
    await startReplica(search);
    await vi.waitFor(async () => expect(await index.indexes()).toHaveLength(1), 10_000);
  });

  /**
   * Forwards to the engine until it has switched an alias: what happens afterwards, a process killed at that
   * moment would not see.
   */
  async function proxyUntilSwitch(beforeSwitch: () => Promise<void>): Promise<string> {
    const [host, port] = address.split(':');
    let killed = false;
    const server = createServer(async (req, res) => {
      if (killed) return res.destroy();
      const isSwitch = req.url?.startsWith('/_aliases') === true;
      if (isSwitch) await beforeSwitch();
      const { method, url: path, headers } = req;
      const forwarded = request({ host, port, method, path, headers }, (response) => {
        killed ||= isSwitch;
        if (killed) res.destroy();
        else response.pipe(res.writeHead(response.statusCode ?? 500, response.headers));
      });
      req.pipe(forwarded);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.defer(async () => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
});
