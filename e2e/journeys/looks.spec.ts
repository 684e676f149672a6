import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { unique, uniqueWord } from '../unique-word.ts';
import { expectAccessible } from './axe.ts';
import { expect, test } from './fixtures.ts';

test.use({ expectedErrors: /status of (404|500)/, contextOptions: { reducedMotion: 'reduce' } });

const LISTS = /\/meows(\?|$)/;

/** A folder for pictures of every state, e.g. for the documentation. */
const pictures = process.env.MEOWER_PICTURES;

/** The page does not scroll sideways and is accessible. */
async function expectGood(page: Page, name: string): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
    await page.evaluate(() => innerWidth),
  );
  await expectAccessible(page);
  if (pictures) await page.screenshot({ path: join(pictures, `${test.info().project.name}, ${name}.png`) });
}

test('the timeline, a draft that is too long, and new meows while scrolled down', async ({
  meower,
  another,
  page,
}) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 30 }, (_, i) => `Meow number ${i}`));
  await another.postAll([
    `Found a sunny spot on the sofa. ${mark}`,
    `The red dot is back! https://example.org/dot ${mark}`,
    `🐈‍⬛ ${'purr'.repeat(20)} ${mark}`,
    `שלום לחתולים ${mark}`,
  ]);
  await meower.open();
  await expect(meower.meow(mark)).toHaveCount(4);
  await expectGood(page, 'timeline');

  await meower.textArea.fill('Let me be honest: the bowl is half empty. '.repeat(4));
  await expect(page.getByText(/over the limit/).first()).toBeAttached();
  await expectGood(page, 'draft, too long');

  await meower.textArea.fill('');
  await meower.scrollTo(700);
  await another.postAll([unique('new'), unique('new')]);
  await expect(meower.pill).toHaveText(/2 new meows/);
  await expectGood(page, 'new meows');
});

test('nothing moves while the page loads', async ({ meower, another, page }) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 20 }, (_, i) => `${mark} ${i}`));
  await page.addInitScript(() => {
    const moved: number[] = [];
    Object.assign(window, { moved });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        moved.push((entry as PerformanceEntry & { value: number }).value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await page.route('**/assets/*.js', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/', { waitUntil: 'commit' });
  const name = page.getByRole('banner').getByText('Meower');
  // The style has been loaded.
  await expect(page.getByRole('banner')).toHaveCSS('position', 'sticky');
  const before = await name.boundingBox();
  release();
  await meower.isLive();
  expect(await name.boundingBox()).toEqual(before);
  await expect(meower.meow(mark).first()).toBeVisible();
  await page.waitForLoadState('networkidle');
  expect(await page.evaluate(() => (window as unknown as { moved: number[] }).moved)).toEqual([]);
});

test('an empty timeline', async ({ meower, page }) => {
  await page.route(LISTS, (route) => route.fulfill({ json: [] }));
  await meower.open();
  await expect(page.getByText('It’s quiet in here')).toBeVisible();
  await expectGood(page, 'empty');
});

test('a loading timeline', async ({ meower, page }) => {
  await page.route(LISTS, () => {});
  await meower.open();
  await expect(page.getByRole('status', { name: 'Loading meows' })).toBeVisible();
  await expectGood(page, 'loading');
});

test('a timeline and a post that failed', async ({ meower, page }) => {
  await page.route(LISTS, (route) =>
    route.fulfill({ status: 500, json: { error: 'Could not fetch meows' } }),
  );
  await meower.open();
  await expect(page.getByRole('alert')).toBeVisible();
  await meower.post('Hello, is this thing on?');
  await expect(meower.pending('Hello, is this thing on?')).toContainText('Not sent');
  await expectGood(page, 'failed');
});

test('a lost connection', async ({ meower, page }) => {
  await page.routeWebSocket(/\/pusher/, (socket) => socket.close({ code: 1013 }));
  await page.goto('/');
  await expect(meower.connection).toContainText(/reconnecting/);
  await expectGood(page, 'reconnecting');
});

test('search results, no results, and an unavailable search', async ({ meower, another, page }) => {
  const mark = uniqueWord();
  await another.postAll([`The ${mark} was here`, `I saw the ${mark} too`]);
  await another.findable(mark, 2);
  await meower.open(`/?query=${mark}`);
  await expect(meower.results.getByRole('article')).toHaveCount(2);
  await expectGood(page, 'results');

  await meower.searchBox.fill(uniqueWord());
  await expect(page.getByText('No meows found').last()).toBeVisible();
  await expectGood(page, 'no results');

  await page.route(/\/search\?/, (route) => route.fulfill({ json: [], headers: { 'x-degraded': 'search' } }));
  await meower.searchBox.fill(uniqueWord());
  await expect(page.getByText('Search is unavailable').last()).toBeVisible();
  await expectGood(page, 'search unavailable');
});

test('a single meow, and a missing one', async ({ meower, another, page }) => {
  const text = unique('All by itself');
  await meower.open(`/m/${await another.post(text)}`);
  await expect(meower.meow(text)).toBeVisible();
  await expectGood(page, 'one meow');
  await page.goto('/m/000000000000000000000000000');
  await expect(page.getByText('Meow not found')).toBeVisible();
  await expectGood(page, 'no such meow');
});

test('the theme follows the system, then the choice of the reader', async ({ meower, page, colorScheme }) => {
  await meower.open();
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const bySystem = await background();
  const brightness = Math.max(...(bySystem.match(/\d+/g) ?? []).slice(0, 3).map(Number));
  if (colorScheme === 'dark') expect(brightness).toBeLessThan(80);
  else expect(brightness).toBeGreaterThan(180);

  const other = colorScheme === 'dark' ? 'light' : 'dark';
  const themes = page.getByRole('button', { name: /^Theme: / });
  await expect(async () => {
    await themes.click();
    await expect(themes).toHaveAccessibleName(`Theme: ${other}`, { timeout: 300 });
  }).toPass();
  await expect.poll(background).not.toBe(bySystem);
  const switched = await background();
  await expectGood(page, `theme ${other}`);
  await page.reload();
  await expect.poll(background).toBe(switched);
});

test.describe('for a German reader', () => {
  test.use({ locale: 'de-DE' });

  test('the page is in German', async ({ another, page }) => {
    const text = unique('Guten Tag');
    await another.post(text);
    await page.goto('/');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page.getByRole('region', { name: 'Miaus' }).getByText(text)).toBeVisible();
    await page.getByRole('textbox', { name: 'Dein Miau' }).fill('Miau');
    await expect(page.getByText('noch 136 Zeichen')).toBeAttached();
    await expectGood(page, 'German');
  });
});

test('the help with shortcuts, and a meow written from a search', async ({ meower, page }) => {
  await meower.open(`/?query=${uniqueWord()}`);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await expectGood(page, 'shortcuts');
  await page.keyboard.press('Escape');
  const write = page.getByRole('button', { name: 'Write a meow' });
  if (await write.isVisible()) {
    await write.click();
    await expectGood(page, 'writing from anywhere');
  }
});

/** A picture of an element with a little margin, without the caret. */
async function picture(element: Locator): Promise<Buffer> {
  const box = await element.boundingBox();
  if (box === null) throw new Error('the element is not visible');
  const [x, y] = [Math.max(0, box.x - 6), Math.max(0, box.y - 6)];
  const clip = { x, y, width: box.width + 12, height: box.height + 12 };
  return element.page().screenshot({ clip, animations: 'disabled', caret: 'hide' });
}

test('the keyboard reaches everything, with a visible focus', async ({ meower, another, page }) => {
  const text = unique('reach me');
  const id = await another.post(text);
  await meower.open();
  await expect(meower.meow(text)).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  const targets = [
    meower.searchBox,
    page.getByRole('button', { name: /^Theme: / }),
    meower.textArea,
    meower.meow(text).getByRole('link').first(),
  ];
  for (const target of targets) {
    await expect(async () => {
      await page.keyboard.press('Tab');
      await expect(target).toBeFocused({ timeout: 100 });
    }).toPass({ intervals: [10] });
    await expect(target).toBeInViewport();
    const focused = await picture(target);
    await target.blur();
    expect(focused.equals(await picture(target)), 'the focus is visible').toBe(false);
    await target.focus();
  }
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/m/${id}`);
});

test('new meows are announced politely, a burst in one sentence', async ({ meower, another, page }) => {
  await meower.open();
  await another.burst(Array.from({ length: 20 }, () => unique('burst')));
  const announcer = page.getByRole('log', { name: 'New meows' });
  await expect(announcer).toHaveAttribute('aria-live', 'polite');
  await expect(announcer).toHaveText(/\d+ new meows?/);
});
