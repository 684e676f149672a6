import { unique, uniqueWord } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';
import { MeowerPage } from './meower-page.ts';

test('a cat posts, finds and keeps a meow, and another sees it live', async ({
  meower,
  another,
  browser,
}) => {
  const mark = uniqueWord();
  const text = `${unique('<b>hello</b>')} ${mark}ese`;
  const older = await another.postAll(Array.from({ length: 60 }, (_, i) => `${mark} number ${i}`));
  const context = await browser.newContext();
  const second = new MeowerPage(await context.newPage());
  await Promise.all([meower.open(), second.open()]);

  await meower.post(text);
  for (const cat of [meower, second]) await expect(cat.meow(text)).toBeVisible();
  await expect(meower.pending(text)).toHaveCount(0);
  await expect(meower.textArea).toHaveValue('');
  expect((await meower.texts(new RegExp(mark)))[0]).toBe(text);

  await second.scrollTo(1_000);
  await another.post(`later ${mark}`);
  await expect(second.pill).toHaveText(/1 new meow/);
  await second.pill.click();
  await expect(second.meow(`later ${mark}`)).toBeInViewport();
  await context.close();

  await another.findable(`${mark}ese`, 1);
  await meower.searchBox.fill(`${mark}ese`);
  await expect(meower.results.getByRole('article')).toHaveCount(1);
  await expect(meower.results.locator('mark')).toHaveText(`${mark}ese`);
  await meower.meow(text).getByRole('link').first().click();
  await expect(meower.page).toHaveURL(/\/m\/\w{27}$/);
  await meower.page.reload();
  await expect(meower.meow(text)).toHaveCount(1);

  await meower.open();
  await expect(meower.meow(text)).toHaveCount(1);
  await expect(async () => {
    await meower.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await expect(meower.meow(`${mark} number 0`)).toBeVisible({ timeout: 500 });
  }).toPass({ intervals: [50] });
  expect(older).toHaveLength(60);
});
