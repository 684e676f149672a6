import { loadConfig as loadEmbeddedConfig } from '@meower/embedded/config.ts';
import { startEmbedded } from '@meower/embedded/start.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { scrape } from '@meower/shared/testing/scrape.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, test, vi } from 'vitest';
import { loadConfig } from './config.ts';
import { startStandingLoad } from './standing-load.ts';

vi.setConfig({ testTimeout: 90_000 });

test('cats post, read, search and listen, also at a server that starts later', async () => {
  await using opened = new AsyncDisposableStack();
  const { path: DATA_DIR } = opened.use(await temporaryFolder());
  const port = await freePorts(1);
  const load = startStandingLoad(
    loadConfig({
      LOAD_URL: `http://127.0.0.1:${port}`,
      LOAD_POSTS: '20',
      LOAD_READS: '20',
      LOAD_SEARCHES: '20',
      LOAD_SOCKETS: '3',
    }),
    silentLogger,
  );
  opened.defer(() => load.close());
  const config = loadEmbeddedConfig({ DATA_DIR, PORT: String(port), METRICS_PORT: '0' });
  const meower = await startEmbedded(config, silentLogger);
  opened.defer(() => meower.close());

  const answered = (method: string, route: string) =>
    `http_request_duration_seconds_count{method="${method}",route="${route}",status="2xx"}`;
  const isLoaded = async () => {
    const values = await scrape(meower.metricsPort);
    expect(values.meower_pusher_sockets).toBe(3);
    for (const request of [answered('POST', '/meows'), answered('GET', '/meows'), answered('GET', '/search')])
      expect(values[request]).toBeGreaterThan(10);
  };
  await vi.waitFor(isLoaded, { timeout: 60_000, interval: 100 });
});

test('a rate or an address that cannot be used is refused', () => {
  expect(() => loadConfig({ LOAD_POSTS: 'many' })).toThrow(/LOAD_POSTS/);
  expect(() => loadConfig({ LOAD_URL: 'https://cats.example' })).toThrow(/LOAD_URL/);
});
