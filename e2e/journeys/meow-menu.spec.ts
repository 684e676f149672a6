import type { Page } from '@playwright/test';
import { unique, uniqueWord } from '../unique-word.ts';
import { expectAccessible } from './axe.ts';
import { expect, test } from './fixtures.ts';
import { MeowerPage } from './meower-page.ts';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const REPORTS = /\/meows\/\w+\/reports$/;
const report = (page: Page) => page.getByRole('dialog', { name: 'Report this meow' });

async function openMenu(meower: MeowerPage, text: string) {
  const button = meower.meow(text).getByRole('button', { name: 'What to do with this meow' });
  // Shown with the pointer or the focus.
  await meower.meow(text).hover();
  await button.click();
  return meower.page.getByRole('dialog', { name: 'What to do with this meow' });
}

test('a meow can be hidden on this device, and shown again', async ({ meower, another, page, isMobile }) => {
  const [text, other] = [unique('hide me'), unique('leave me')];
  await another.postAll([other, text]);
  await meower.open();
  const button = meower.meow(other).getByRole('button', { name: 'What to do with this meow' });
  // Fingers do not hover.
  await expect(button).toHaveCSS('opacity', isMobile ? '1' : '0');
  expect(await button.boundingBox()).toMatchObject({ width: 40, height: 40 });
  const menu = await openMenu(meower, text);
  await expect(menu.getByRole('button', { name: 'Hide this meow' })).toBeFocused();
  await expect(menu.locator('.card')).toBeInViewport({ ratio: 1 });
  await expectAccessible(page);
  await menu.getByRole('button', { name: 'Hide this meow' }).click();
  await expect(menu).toHaveCount(0);
  await expect(meower.meow(text)).toHaveCount(0);
  await expect(meower.meow(other)).toBeVisible();
  await page.reload();
  await expect(meower.meow(other)).toBeVisible();
  await expect(meower.meow(text)).toHaveCount(0);
  await page.getByText('Settings').click();
  await page.getByRole('button', { name: /^Show \d+ hidden meows? again$/ }).click();
  await expect(meower.meow(text)).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Word to mute' })).toBeFocused();
});

test('with the keyboard, the arrow keys move in the menu, and the next meow has the focus after one was hidden', async ({
  meower,
  another,
  page,
}) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 20 }, () => unique('more')));
  await another.postAll(['three', 'two', 'one'].map((text) => `${text} ${mark}`));
  await meower.open();
  const actions = { name: 'What to do with this meow' };
  await meower.meow(`two ${mark}`).getByRole('button', actions).focus();
  await page.keyboard.press('Enter');
  const items = page.getByRole('dialog', actions).getByRole('button');
  await expect(items.first()).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(items.last()).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(items.first()).toBeFocused();
  // The page does not scroll behind the menu.
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowUp');
  await expect(items.last()).toBeFocused();
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(meower.meow(`two ${mark}`)).toHaveCount(0);
  await expect(meower.meow(`three ${mark}`)).toBeFocused();
});

test('the menu closes without an effect, and gives the focus back', async ({ meower, another, page }) => {
  const text = unique('look at me');
  await another.post(text);
  await meower.open();
  const menu = await openMenu(meower, text);
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);
  await expect(meower.meow(text).getByRole('button', { name: 'What to do with this meow' })).toBeFocused();
  await openMenu(meower, text);
  await page.mouse.click(5, 5);
  await expect(menu).toHaveCount(0);
  await expect(meower.meow(text)).toBeVisible();
});

test('a reader reports and hides a meow with the keyboard alone; an operator deletes it, and open pages lose it', async ({
  meower,
  another,
  operator,
  page,
  browser,
}) => {
  const mark = uniqueWord();
  const id = await another.post(`buy catnip ${mark}`);
  const others = await browser.newContext();
  const timeline = new MeowerPage(await others.newPage());
  const permalink = new MeowerPage(await others.newPage());
  await Promise.all([meower.open(), timeline.open(), permalink.open(`/m/${id}`)]);
  await meower.meow(mark).getByRole('button', { name: 'What to do with this meow' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Hide this meow' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(report(page)).toContainText(mark);
  await expect(report(page).getByRole('radio', { name: 'Spam' })).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.type('The same advertisement every hour.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(report(page).getByRole('status')).toHaveText('Thank you. A moderator will look at it.');
  await expect(report(page).getByRole('button', { name: 'Close' }).last()).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await expect(report(page)).toHaveCount(0);
  await expect(meower.meow(mark)).toHaveCount(0);
  await expect(page.getByRole('main')).toBeFocused();

  for (const tab of [timeline, permalink]) await expect(tab.meow(mark)).toBeVisible();
  expect(await operator.moderate('list')).toMatch(
    new RegExp(`${id}[^]*spam[^]*The same advertisement every hour\\.`),
  );
  await operator.moderate('delete', id);
  await expect(timeline.meow(mark)).toHaveCount(0);
  await expect(permalink.page.getByText('Meow not found')).toBeVisible();
  expect(await operator.moderate('list')).not.toContain(id);
  await others.close();
});

test.describe('when a report is not accepted', () => {
  test.use({ expectedErrors: /status of (404|405|429)/ });

  test('the form shows why and can be sent again, or that this server has no reports', async ({
    meower,
    another,
    page,
  }) => {
    const text = unique('rude');
    await another.post(text);
    const answers = [
      { status: 429, json: { error: 'Too many requests, try again' } },
      { status: 404, json: { error: 'Meow not found' } },
      { status: 405, json: { error: 'Method not allowed' } },
    ];
    await page.route(REPORTS, (route) => route.fulfill(answers.shift()));
    await meower.open();
    const menu = await openMenu(meower, text);
    await menu.getByRole('button', { name: 'Report this meow' }).click();
    const submit = report(page).getByRole('button', { name: 'Report', exact: true });
    await submit.click();
    // The browser asks for a reason.
    await expect(report(page).getByRole('radio', { name: 'Spam' })).toBeFocused();
    await report(page)
      .getByRole('radio', { name: /harasses/ })
      .check();
    await submit.click();
    await expect(report(page).getByRole('alert')).toContainText('accepts no more reports at the moment');
    await submit.click();
    await expect(report(page).getByRole('alert')).toHaveText('This meow has been deleted.');
    await submit.click();
    await expect(report(page).getByRole('status')).toContainText('has no moderators');
    await report(page).getByRole('button', { name: 'Close' }).last().click();
    await expect(meower.meow(text)).toBeVisible();
  });
});
