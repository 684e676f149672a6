import type { Page } from '@playwright/test';
import { unique } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';

test.use({ expectedErrors: /ERR_FAILED/ });

const failure = (page: Page) => page.getByRole('alert').filter({ hasText: 'Couldn’t load' });

/** Lets no script through that index.html does not name: those are loaded later. */
async function blockLaterScripts(page: Page): Promise<void> {
  const html = await (await page.request.get('/')).text();
  await page.route(/\/assets\/.*\.js$/, (route) =>
    html.includes(new URL(route.request().url()).pathname) ? route.continue() : route.abort(),
  );
}

test('the page shows that a part of it could not be loaded, and loads it again', async ({
  meower,
  another,
  page,
}) => {
  const text = unique('out of reach');
  const id = await another.post(text);
  await blockLaterScripts(page);
  await meower.open();
  await expect(failure(page)).toBeVisible();
  await meower.meow(text).hover();
  await meower.meow(text).getByRole('button', { name: 'What to do with this meow' }).click();
  await page.unroute(/\/assets\/.*\.js$/);
  await expect(page.getByRole('dialog', { name: 'What to do with this meow' })).toBeVisible();
  await expect(failure(page)).toHaveCount(0);

  await blockLaterScripts(page);
  for (const address of [`/m/${id}`, '/?query=cats']) {
    await meower.open(address);
    await expect(failure(page)).toBeVisible();
    for (const key of ['j', 'k', '?']) await page.keyboard.press(key);
  }
  await page.unroute(/\/assets\/.*\.js$/);
  await failure(page).getByRole('button', { name: 'Reload' }).click();
  await expect(meower.results).toBeVisible();
  await expect(failure(page)).toHaveCount(0);
});

test.describe('for a German reader', () => {
  test.use({ locale: 'de-DE' });

  test('the page is in English if the translation could not be loaded, and shows that', async ({ page }) => {
    await blockLaterScripts(page);
    await page.goto('/');
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    await expect(failure(page)).toBeVisible();
    await page.unroute(/\/assets\/.*\.js$/);
    await failure(page).getByRole('button', { name: 'Reload' }).click();
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  });
});
