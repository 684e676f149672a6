import type { Response } from '@playwright/test';
import { uniqueWord } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';

/** With gzip, which is larger than what Chromium accepts. */
const MAX_SCRIPT_BYTES = 62_000;
const MAX_STYLE_BYTES = 15_000;
/** As Lighthouse counts: what a task takes longer than this blocks input. */
const LONG_TASK_MS = 50;
const MAX_BLOCKED_MS = 150;

test('the first load is small, compressed and cached', async ({ meower, page }) => {
  const responses: Response[] = [];
  page.on('response', (response) => responses.push(response));
  await meower.open();
  const loaded = await Promise.all(
    responses.map(async (response) => ({
      path: new URL(response.url()).pathname,
      type: response.request().resourceType(),
      headers: response.headers(),
    })),
  );
  const assets = loaded.filter(({ path }) => path.startsWith('/assets/'));
  // What index.html names. The rest is loaded later.
  const html = await (await page.request.get('/')).text();
  const first = assets.filter(({ path }) => html.includes(`"${path}"`));
  const gzipped = async (type: string) => {
    const files = first.filter((file) => file.type === type);
    const sizes = files.map(async ({ path }) => {
      const answer = await page.request.get(path, { headers: { 'accept-encoding': 'gzip' } });
      // The size of a file that was compressed by the build; the small ones are sent as they are.
      return Number(answer.headers()['content-length']);
    });
    return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
  };

  const [script, style] = [await gzipped('script'), await gzipped('stylesheet')];
  console.log(`first script ${script} bytes, style ${style} bytes`);
  expect(script).toBeGreaterThan(0);
  expect(script).toBeLessThanOrEqual(MAX_SCRIPT_BYTES);
  expect(style).toBeGreaterThan(0);
  expect(style).toBeLessThanOrEqual(MAX_STYLE_BYTES);
  expect(assets.length).toBeGreaterThan(1);
  for (const { path, headers } of assets) {
    expect(path).toMatch(/-[\w-]{8}\.\w+$/);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    if (/\.(js|css)$/.test(path)) expect(headers['content-encoding']).toMatch(/^(br|gzip)$/);
  }
});

test.describe('foreign scripts', () => {
  test.use({ expectedErrors: /Content Security Policy/ });

  test('the page has a policy that blocks foreign scripts', async ({ page }) => {
    const headers = (await page.goto('/'))?.headers() ?? {};
    const policy = new Map(
      headers['content-security-policy']?.split(';').map((directive): [string, string[]] => {
        const [name = '', ...sources] = directive.trim().split(/ +/);
        return [name, sources];
      }),
    );
    const scripts = policy.get('script-src') ?? policy.get('default-src');
    expect(scripts).toEqual(["'self'"]);
    expect(policy.get('object-src')).toEqual(["'none'"]);
    expect(policy.get('base-uri')).toEqual(["'none'"]);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-cache');

    const refused = page.waitForEvent('console', (message) => /Content Security Policy/.test(message.text()));
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.foreign = true';
      document.head.append(script);
    });
    await refused;
    expect(await page.evaluate(() => 'foreign' in window)).toBe(false);
  });
});

test('the page can be installed', async ({ meower, page, request }) => {
  await meower.open();
  const address = await page.locator('link[rel=manifest]').getAttribute('href');
  const manifest = await (await request.get(address ?? '')).json();
  expect(manifest).toMatchObject({ name: 'Meower', start_url: '/', display: 'standalone' });
  for (const { src, sizes, type } of manifest.icons) {
    const icon = await request.get(src);
    expect(icon.status()).toBe(200);
    expect(icon.headers()['content-type']?.split(';')[0]).toBe(type);
    expect(sizes).toMatch(/^(\d+x\d+|any)$/);
  }
  const icon = await page.locator('link[rel=icon]').first().getAttribute('href');
  expect((await request.get(icon ?? '')).status()).toBe(200);
});

test('the start blocks input for a short time only, on a machine four times slower', async ({
  meower,
  another,
  page,
  browser,
}) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 50 }, (_, i) => `${mark} ${i} #nap https://example.org/${i}`));
  await another.findable(mark, 50);
  for (const path of ['/', `/?query=${mark}`]) {
    await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] });
    await meower.open(path);
    await expect(meower.meow(mark).first()).toBeVisible();
    await page.waitForLoadState('networkidle');
    const { traceEvents } = JSON.parse(String(await browser.stopTracing()));
    const tasks = mainThreadTasks(traceEvents, page.url()).map((ms) => 4 * ms);
    const blocked = tasks.reduce((sum, ms) => sum + Math.max(0, ms - LONG_TASK_MS), 0);
    console.log(
      `${path}: input was blocked for ${Math.round(blocked)} ms, by one task for up to ${Math.max(...tasks)} ms`,
    );
    expect(tasks.length).toBeGreaterThan(10);
    expect(blocked).toBeLessThan(MAX_BLOCKED_MS);
  }
});

const OPENED = 'FrameCommittedInBrowser';

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds of the thread, independent of what else the machine does. */
  tdur?: number;
  args: { name?: string; data?: { url?: string; processId?: number } };
}

/** Milliseconds of each task in the thread that runs the page. Pages of the browser itself have other processes. */
function mainThreadTasks(events: readonly TraceEvent[], url: string): number[] {
  const opened = events.findLast(({ name, args }) => name === OPENED && args.data?.url === url);
  const page = opened?.args.data?.processId;
  const isMain = ({ name, pid, args }: TraceEvent) =>
    name === 'thread_name' && pid === page && args.name === 'CrRendererMain';
  const thread = events.find(isMain)?.tid;
  return events
    .filter(({ name, pid, tid }) => name === 'RunTask' && pid === page && tid === thread)
    .map(({ tdur = 0 }) => tdur / 1_000);
}
