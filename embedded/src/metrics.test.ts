import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { scrape } from '@meower/shared/testing/scrape.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, test, vi } from 'vitest';
import { loadConfig } from './config.ts';
import { startEmbedded } from './start.ts';
import { MeowerProcess } from './testing/meower-process.ts';

// Each start creates a database, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const SOON = { timeout: 60_000, interval: 200 };

async function start(DATA_DIR: string, env = {}) {
  const meower = await startEmbedded(loadConfig({ PORT: '0', DATA_DIR, ...env }), silentLogger);
  return {
    ...meower,
    fetch: (path: string, init = {}) => fetch(`http://127.0.0.1:${meower.port}${path}`, init),
    [Symbol.asyncDispose]: meower.close,
  };
}

test('METRICS_PORT: the three services are measured on a port of their own', async () => {
  await using folder = await temporaryFolder();
  await using meower = await start(folder.path, { METRICS_PORT: '0' });
  await meower.fetch('/meows?body=purr', { method: 'POST' });
  await meower.fetch('/meows/unknown');
  await vi.waitFor(async () => {
    expect(await scrape(meower.metricsPort)).toMatchObject({
      meower_ready: 1,
      'http_request_duration_seconds_count{method="POST",route="/meows",status="2xx"}': 1,
      'http_request_duration_seconds_count{method="GET",route="/meows/:id",status="4xx"}': 1,
      meower_outbox_events: 0,
      meower_outbox_oldest_age_seconds: 0,
      'meower_consumer_lag_messages{group="indexer"}': 0,
      'meower_consumer_lag_seconds{group="indexer"}': 0,
      'publisher_messages_total{publisher_name="relay",success="true"}': 1,
      'subscriber_messages_received_total{subscriber_name="nats",handler_name="indexer",acked="acked"}': 1,
      'subscriber_messages_rejected_total{subscriber_name="nats",handler_name="indexer"}': 0,
      'subscriber_messages_redelivered_total{subscriber_name="nats",handler_name="indexer"}': 0,
      meower_dead_letters: 0,
    });
  }, SOON);
  expect((await meower.fetch('/metrics')).status).toBe(404);
  await meower.fetch('/search?query=purr');
  expect(await scrape(meower.metricsPort)).toMatchObject({
    'meower_searches_total{outcome="complete"}': 1,
    'meower_bulk_meows_total{outcome="indexed"}': expect.toSatisfy((meows) => meows > 0),
    'meower_group_commit_meows_bucket{le="1"}': 1,
    meower_group_commit_wait_seconds_count: 1,
    meower_data_available_bytes: expect.toSatisfy((bytes) => bytes > 0),
  });
});

/** `npm run NAME -- ARGUMENT…` in a shell without settings, apart from the folder. Its output, also if it fails. */
function run(DATA_DIR: string, name: string, ...args: string[]): Promise<string> {
  const program = fileURLToPath(new URL(`../../ops/src/admin/${name}.ts`, import.meta.url));
  const env = { PATH: process.env.PATH, DATA_DIR };
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(process.execPath, [program, ...args], { env }, (_error, stdout, stderr) =>
    resolve(stdout + stderr),
  );
  return promise;
}

test('status and explain need no setting, and explain reports what a restart has forgotten', async () => {
  await using folder = await temporaryFolder();
  const status = () => run(folder.path, 'status');
  let explain: () => Promise<string>;
  {
    await using meower = new MeowerProcess({ DATA_DIR: folder.path });
    const posted = await fetch(`${await meower.url()}/meows?body=purr`, { method: 'POST' });
    const { id } = (await posted.json()) as { id: string };
    explain = () => run(folder.path, 'explain', id);
    await vi.waitFor(async () => {
      const screen = await status();
      expect(screen).toMatch(/^meower +1\.0\.0 +127\.0\.0\.1:\d+ .* yes +.* ok$/m);
      expect(screen).toMatch(/^meows +1, in the index 1$/m);
      const life = await explain();
      for (const step of ['created', 'committed', 'answered', 'published', 'handled', 'pushed'])
        expect(life).toMatch(new RegExp(`^\\S+Z +\\+\\d+ ms {2}${step}`, 'm'));
      expect(life).not.toContain('remember');
    }, SOON);
    meower.kill('SIGTERM');
    await meower.ended;
  }
  expect(await status()).toMatch(/^status: no Meower is running with its data in .+\n$/);

  await using again = new MeowerProcess({ DATA_DIR: folder.path });
  await again.url();
  await vi.waitFor(async () => {
    const life = await explain();
    expect(life).toMatch(/^\S+Z +\+0 ms {2}created$/m);
    expect(life).toMatch(/^what meower did before it started at \S+Z is not remembered$/m);
    expect(life).toMatch(/^index +found$/m);
  }, SOON);
});
