import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PAGE_FOLDER, servePage } from '@meower/embedded/page.ts';
import { createApp } from '@meower/shared/http/express-app.ts';
import { type HttpServer, listen } from '@meower/shared/http/server.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';

// There are no services, only the page.
test.use({ serviceWorkers: 'allow', expectedErrors: /Failed to load|WebSocket|ERR_/ });

let folder: string;
let server: HttpServer;
let url: string;

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meower-offline-'));
  await cp(PAGE_FOLDER, folder, { recursive: true });
  server = await serve(0);
  url = `http://127.0.0.1:${server.port}/`;
});
test.afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function serve(port: number): Promise<HttpServer> {
  const app = createApp({ logger: silentLogger, routes: [], checks: [], page: servePage(folder) });
  return listen(app, { port });
}

async function openOnce(page: Page): Promise<void> {
  await page.goto(url);
  await page.evaluate(() => navigator.serviceWorker.ready);
}

test('after the first visit, the page opens without a network, and keeps what is written', async ({
  meower,
  page,
}) => {
  await openOnce(page);
  await server.close();
  await page.reload();
  await meower.post('from the cellar');
  await expect(meower.pending('from the cellar')).toContainText('Waiting for a connection');
  await page.goto(`${url}m/000000000000000000000000000`);
  await expect(page.getByRole('alert')).toContainText('can’t be reached');
  await page.goto(`${url}?query=cats`);
  await expect(meower.searchBox).toHaveValue('cats');
  await expect(page.getByRole('alert')).toContainText('can’t be reached');
});

test('a new version takes over without breaking open tabs', async ({ meower, page, context }) => {
  await openOnce(page);
  await page.reload();
  await installNewVersion();

  const second = await context.newPage();
  await second.goto(url);
  await expect(newScript(second)).toHaveCount(1);
  // The old tab loads a part of the page that the server no longer has.
  const old = (await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name)))
    .filter((name) => /\/assets\/.*\.js$/.test(name))
    .map((name) => new URL(name).pathname);
  expect(old).not.toEqual([]);
  for (const path of old)
    expect(await page.evaluate(async (name) => (await fetch(name)).status, path), path).toBe(200);
  await meower.searchBox.fill('cats');
  await expect(page.getByRole('alert')).toBeVisible();

  await second.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await expect
    .poll(() => second.evaluate(async () => (await navigator.serviceWorker.ready).waiting?.state))
    .toBe('installed');
  await page.close();
  await second.close();
  const third = await context.newPage();
  await expect(async () => {
    await third.goto('about:blank');
    await third.goto(url);
    expect(await third.evaluate(() => caches.keys())).toEqual([expect.stringContaining('meower-new-')]);
  }).toPass();
  await server.close();
  await third.reload();
  await expect(newScript(third)).toHaveCount(1);
});

const newScript = (page: Page) => page.locator('script[src^="/assets/new-"]');

/** As a new build does: other names of the assets, another version in the service worker. */
async function installNewVersion(): Promise<void> {
  const assets = (await readdir(join(folder, 'assets'))).filter((name) => /\.(js|css)$/.test(name));
  const renamed = (text: string) =>
    assets.reduce((result, name) => result.replaceAll(name, `new-${name}`), text);
  for (const name of await readdir(folder, { recursive: true }))
    if (/\.(gz|br)$/.test(name)) await rm(join(folder, name));
  for (const name of ['index.html', 'sw.js', ...assets.map((asset) => `assets/${asset}`)]) {
    const path = join(folder, name);
    await writeFile(path, renamed(await readFile(path, 'utf8')));
  }
  for (const name of assets)
    await rename(join(folder, 'assets', name), join(folder, 'assets', `new-${name}`));
  const worker = join(folder, 'sw.js');
  await writeFile(worker, (await readFile(worker, 'utf8')).replace("VERSION = '", "VERSION = 'new-"));
}
