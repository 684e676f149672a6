import { unique, uniqueWord } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';

test('scrolling loads older meows, each once, in order', async ({ meower, another, page }) => {
  test.slow();
  const mark = uniqueWord();
  const posted = await another.postAll(Array.from({ length: 130 }, (_, i) => `${mark} number ${i}`));
  await meower.open();
  const seen = new Set<string>();
  const collect = async () => {
    for (const text of await meower.texts(new RegExp(mark))) seen.add(text);
  };
  await expect(async () => {
    await collect();
    await page.evaluate(() => scrollBy(0, innerHeight));
    await collect();
    expect(seen).toContain(`${mark} number 0`);
  }).toPass({ intervals: [50] });
  expect([...seen]).toEqual(posted.map((_, i) => `${mark} number ${i}`).reverse());
});

test('new meows do not move what is being read; the pill shows them', async ({ meower, another, page }) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 40 }, (_, i) => `${mark} older ${i}`));
  await meower.open();
  await expect(meower.meow(mark).first()).toBeVisible();
  await meower.scrollTo(900);
  await another.postAll([`${mark} new one`, `${mark} new two`]);
  await expect(meower.pill).toHaveText(/2 new meows/);
  await expect(page).toHaveTitle('(2) Meower');
  expect(await page.evaluate(() => scrollY)).toBe(900);
  await expect(meower.meow(`${mark} new one`)).toHaveCount(0);
  await meower.pill.click();
  await expect(meower.meow(`${mark} new two`)).toBeInViewport();
  expect((await meower.texts(new RegExp(mark))).slice(0, 2)).toEqual([`${mark} new two`, `${mark} new one`]);
});

test('scrolling back to the top shows new meows as well', async ({ meower, another }) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 40 }, (_, i) => `${mark} older ${i}`));
  await meower.open();
  await expect(meower.meow(mark).first()).toBeVisible();
  await meower.scrollTo(900);
  await another.post(`${mark} new`);
  await expect(meower.pill).toHaveText(/1 new meow/);
  await meower.scrollTo(0);
  await expect(meower.meow(`${mark} new`)).toBeVisible();
  await expect(meower.pill).toBeHidden();
});

test('only web addresses are links', async ({ meower, another }) => {
  const mark = uniqueWord();
  await another.post(`${mark} see https://example.org/a?b=1&c=2. javascript:alert(1) ftp://example.org`);
  await meower.open();
  const links = meower.meow(mark).getByRole('paragraph').getByRole('link');
  await expect(links).toHaveCount(1);
  await expect(links).toHaveText('https://example.org/a?b=1&c=2');
  await expect(links).toHaveAttribute('href', 'https://example.org/a?b=1&c=2');
  await expect(links).toHaveAttribute('rel', 'nofollow noopener noreferrer');
});

test('long words, many lines, right-to-left text and emoji fit', async ({ meower, another, page }) => {
  const mark = uniqueWord();
  await another.postAll([
    `${mark} ${'m'.repeat(110)}`,
    `${mark}\none\n\ntwo`,
    `שלום ${mark}`,
    `${mark} 👩‍👩‍👧‍👦🏳️‍🌈🐈‍⬛`,
    `${mark} https://example.org/${'long'.repeat(20)}`,
  ]);
  await meower.open();
  await expect(meower.meow(mark)).toHaveCount(5);
  expect(await meower.texts(new RegExp(`${mark}\\n`))).toEqual([`${mark}\none\n\ntwo`]);
  const direction = meower.meow(`שלום ${mark}`).getByRole('paragraph');
  expect(await direction.evaluate((element) => getComputedStyle(element).direction)).toBe('rtl');
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});

test('the time updates and is exact in a tooltip', async ({ meower, another, page }) => {
  const text = unique('what time');
  await page.clock.install();
  await another.post(text);
  await page.goto('/');
  const time = meower.meow(text).locator('time');
  await expect(time).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT[\d:]+\.\d{6}Z$/);
  await expect(time).toHaveAttribute('title', new RegExp(String(new Date().getFullYear())));
  await expect(time).toContainText(/now|\ds/);
  await page.clock.fastForward('05:00');
  await expect(time).toContainText(/5\s?m/);
});

test('each meow has a permalink, and a way back', async ({ meower, another, page }) => {
  const text = unique('worth sharing');
  const id = await another.post(text);
  await meower.open();
  await meower.meow(text).getByRole('link').first().click();
  await expect(page).toHaveURL(`/m/${id}`);
  await expect(meower.meow(text)).toHaveCount(1);
  await page.reload();
  await expect(meower.meow(text)).toHaveCount(1);
  await page.getByRole('link', { name: 'Back to the timeline' }).click();
  await expect(page).toHaveURL('/');
  await expect(meower.meow(text)).toBeVisible();
});

test.describe('when the server fails', () => {
  test.use({ expectedErrors: /status of (404|500)/ });

  test('a link to a missing meow says so', async ({ page }) => {
    await page.goto('/m/000000000000000000000000000');
    await expect(page.getByText('Meow not found')).toBeVisible();
    await page.getByRole('link', { name: 'Back to the timeline' }).click();
    await expect(page).toHaveURL('/');
  });

  test('the page says what to do, and works again on request', async ({ meower, another, page }) => {
    const text = unique('after the failure');
    await another.post(text);
    await page.route(/\/meows(\?|$)/, (route) =>
      route.fulfill({ status: 500, json: { error: 'Could not fetch meows' } }),
    );
    await page.goto('/');
    const alert = page.getByRole('alert');
    await expect(alert).toContainText('Couldn’t load the meows');
    await expect(alert).toContainText('Please try again');
    await page.unroute(/\/meows(\?|$)/);
    await alert.getByRole('button', { name: 'Try again' }).click();
    await expect(meower.meow(text)).toBeVisible();
  });

  test('on a slow server the page shows that it is loading, and keeps meows pushed meanwhile', async ({
    meower,
    another,
    page,
  }) => {
    const [before, meanwhile] = [unique('before'), unique('meanwhile')];
    await another.post(before);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await page.route(/\/meows(\?|$)/, async (route) => {
      // This answer is outdated when it arrives.
      const response = await route.fetch();
      await held;
      await route.fulfill({ response });
    });
    const asked = page.waitForRequest(/\/meows(\?|$)/);
    await page.goto('/');
    await asked;
    await expect(page.getByRole('status', { name: 'Loading meows' })).toBeVisible();
    await meower.isLive();
    await another.post(meanwhile);
    await expect(meower.meow(before)).toHaveCount(0);
    release();
    await expect(meower.meow(before)).toBeVisible();
    await expect(meower.meow(meanwhile)).toHaveCount(1);
  });
});
