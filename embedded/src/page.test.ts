import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '@meower/shared/http/express-app.ts';
import { type HttpServer, listen } from '@meower/shared/http/server.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { servePage } from './page.ts';

let folder: string;
let server: HttpServer;
const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meower-page-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), 'the page');
  await writeFile(join(folder, 'assets/index-12345678.js'), 'the script');
  await writeFile(join(folder, 'assets/index-12345678.js.gz'), 'the script, compressed');
  const app = createApp({
    logger: silentLogger,
    routes: [],
    checks: [],
    page: servePage(folder),
  });
  server = await listen(app, { port: 0 });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

test('the browser asks for the page each time', async () => {
  for (const path of ['/', '/?query=meow']) {
    const response = await get(path);
    expect(await response.text()).toBe('the page');
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(response.headers.get('cache-control')).toBe('no-cache');
  }
});

test('a file with a hash in its name may be cached for ever, and is compressed', async () => {
  const response = await get('/assets/index-12345678.js', { method: 'HEAD' });
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(response.headers.get('content-encoding')).toBe('gzip');
});

test('a new build of the page is served without a restart', async () => {
  await get('/assets/index-12345678.js', { method: 'HEAD' });
  await rm(join(folder, 'assets'), { recursive: true });
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'assets/index-abcdefgh.js'), 'the new script');
  await writeFile(join(folder, 'index.html'), 'the new page');
  expect((await get('/assets/index-12345678.js')).status).toBe(404);
  expect(await (await get('/assets/index-abcdefgh.js')).text()).toBe('the new script');
  expect(await (await get('/')).text()).toBe('the new page');
});

test('without a built page it does not start, and the error names the command', () => {
  expect(() => servePage(join(folder, 'nowhere'))).toThrow(/has not been built: .+nowhere is missing/);
});
