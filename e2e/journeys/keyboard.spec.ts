import type { Page } from '@playwright/test';
import { unique, uniqueWord } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';

test.use({ expectedErrors: /status of 400/ });

/** Whether the focused element has a ring, and its name for the report. */
function focusRing(page: Page): Promise<{ name: string; visible: boolean; last: boolean }> {
  return page.evaluate(() => {
    const focused = document.activeElement ?? document.body;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused);
    const outlined = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
    return {
      name: focused.outerHTML.slice(0, 120),
      visible: outlined || boxShadow !== 'none',
      last: focused === document.body || focused.matches('article ~ article *'),
    };
  });
}

async function failToPost(page: Page): Promise<void> {
  await page.route('**/meows', (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({ status: 400, json: { error: 'Invalid body' } })
      : route.continue(),
  );
}

test('every control shows that it has the focus', async ({ meower, another, page }) => {
  await another.postAll([unique('one'), unique('two'), unique('three')]);
  await failToPost(page);
  await meower.open();
  const text = unique('refused');
  await meower.post(text);
  const without: string[] = [];
  for (const address of ['/', `/?query=${uniqueWord()}`]) {
    await meower.open(address);
    if (address === '/') await expect(meower.pending(text)).toContainText('Meower didn’t accept this');
    for (let count = 0; count < 40; count++) {
      await page.keyboard.press('Tab');
      const { name, visible, last } = await focusRing(page);
      if (last) break;
      if (!visible) without.push(name);
    }
  }
  expect(without).toEqual([]);
});

test('after Discard, the focus stays in the timeline', async ({ meower, page }) => {
  const text = unique('refused');
  await failToPost(page);
  await meower.open();
  await meower.post(text);
  await meower.pending(text).getByRole('button', { name: 'Discard' }).focus();
  await page.keyboard.press('Enter');
  await expect(meower.pending(text)).toHaveCount(0);
  await expect(meower.timeline).toBeFocused();
});

test('the keys of a feed move between meows and leave it', async ({ meower, another, page }) => {
  const mark = uniqueWord();
  await another.postAll(['three', 'two', 'one'].map((text) => `${text} ${mark}`));
  await meower.open();
  await meower.meow(`one ${mark}`).getByRole('link').first().focus();
  await page.keyboard.press('PageDown');
  await expect(meower.meow(`two ${mark}`)).toBeFocused();
  await expect(meower.meow(`two ${mark}`)).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('PageDown');
  await page.keyboard.press('PageUp');
  await page.keyboard.press('PageUp');
  await expect(meower.meow(`one ${mark}`)).toBeFocused();
  await page.keyboard.press('Control+Home');
  await expect(page.getByRole('feed').locator(':focus')).toHaveCount(0);
  await expect(page.getByText('Settings')).toBeFocused();
});

test('the skip link shows the first meow, below the header', async ({ meower, another, page }) => {
  const text = unique('first');
  await another.burst(Array.from({ length: 20 }, () => unique('more')));
  await another.post(text);
  await meower.open();
  await expect(meower.meow(text)).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  const header = await page.getByRole('banner').boundingBox();
  const first = await meower.meow(text).boundingBox();
  expect(first?.y).toBeGreaterThanOrEqual((header?.y ?? 0) + (header?.height ?? Number.NaN));
});

test('single keys read, write, search and help, until they are turned off', async ({
  meower,
  another,
  page,
}) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 30 }, (_, i) => `${mark} ${i}`));
  await another.postAll([`two ${mark}`, `one ${mark}`]);
  await meower.open();
  await expect(meower.meow(`one ${mark}`)).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(meower.meow(`two ${mark}`)).toBeFocused();
  await page.keyboard.press('k');
  await expect(meower.meow(`one ${mark}`)).toBeFocused();

  await page.keyboard.press('/');
  await expect(meower.searchBox).toBeFocused();
  await meower.searchBox.blur();
  await meower.scrollTo(1_500);
  await another.post(`newest ${mark}`);
  await expect(meower.pill).toBeVisible();
  await page.keyboard.press('.');
  await expect(meower.meow(`newest ${mark}`)).toBeInViewport();

  await page.keyboard.press('n');
  await expect(meower.textArea.last()).toBeFocused();
  await page.keyboard.type('j/n?');
  await expect(meower.textArea.last()).toHaveValue('j/n?');
  await meower.textArea.last().fill('');
  await page.keyboard.press('Escape');
  await page.locator('*:focus').blur();

  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toContainText('Next meow');
  await help.getByRole('checkbox').uncheck();
  await help.getByRole('button', { name: 'Close' }).click();
  await expect(help).toHaveCount(0);
  await page.keyboard.press('/');
  await expect(meower.searchBox).not.toBeFocused();
});
