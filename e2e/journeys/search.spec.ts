import { mistype, uniqueWord } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';

test('finds a meow despite a typing error, highlights it, and goes back to the timeline', async ({
  meower,
  another,
  page,
}) => {
  const mark = uniqueWord();
  const text = `My cat is called ${mark}`;
  await another.post(text);
  await another.findable(mark, 1);
  await meower.open();

  await meower.searchBox.pressSequentially(mistype(mark, 8));
  await expect(meower.results.getByRole('article')).toHaveCount(1);
  await expect(meower.results.getByRole('article')).toContainText(text);
  await meower.searchBox.fill(mark);
  await expect(meower.results.locator('mark')).toHaveText(mark);
  await expect(page).toHaveURL((url) => url.searchParams.get('query') === mark);

  await page.reload();
  await expect(meower.searchBox).toHaveValue(mark);
  await expect(meower.results.getByRole('article')).toContainText(text);
  await page.goBack();
  await expect(meower.timeline).toBeVisible();
  await expect(meower.searchBox).toHaveValue('');
  await page.goForward();
  await expect(meower.results.getByRole('article')).toContainText(text);
});

test('finds a word by its beginning, and going back from a result restores the place', async ({
  meower,
  another,
  page,
}) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 25 }, (_, i) => `${mark}ese cat ${i}`));
  await another.findable(`${mark}ese`, 25);
  await meower.open();
  await meower.searchBox.fill(mark);
  await expect(meower.results.getByRole('article').first()).toContainText(`${mark}ese cat`);
  await expect(meower.results.locator('mark').first()).toHaveText(`${mark}ese`);
  await expect(page).toHaveTitle(`Results for “${mark}” · Meower`);
  await page.keyboard.press('Enter');
  await meower.searchBox.fill('nothing of this kind');
  await expect(page).toHaveURL(/query=nothing/);
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`query=${mark}`));

  const result = meower.results.getByRole('article').nth(12);
  await result.scrollIntoViewIfNeeded();
  const place = await page.evaluate(() => scrollY);
  expect(place).toBeGreaterThan(0);
  const text = await result.getByRole('paragraph').textContent();
  await result.getByRole('link').first().click();
  await expect(page).toHaveTitle(`${text} · Meower`);
  await page.goBack();
  await expect(meower.results).toBeVisible();
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(place);
});

test('highlights what the search found, in any script', async ({ meower, another }) => {
  const mark = uniqueWord();
  const cases: [text: string, query: string, highlighted: string[]][] = [
    ['look 🐱!', '🐱', ['🐱']],
    ['我的小猫咪', '猫', ['猫']],
    ['ねこが好き', 'ね', ['ね']],
    ['Ægir at sea', 'aegir', ['Ægir']],
    ['out of cat_food', 'food', ['food']],
    [`${'m'.repeat(45)}`, `${'m'.repeat(44)}n`, []],
  ];
  await another.postAll(cases.map(([text]) => `${text} ${mark}`));
  await another.findable(mark, cases.length);
  for (const [text, query, highlighted] of cases) {
    await meower.open(`/?${new URLSearchParams({ query: `${mark} ${query}` })}`);
    const matches = meower.results
      .getByRole('article')
      .filter({ hasText: `${text} ${mark}` })
      .locator('mark');
    await expect(matches, query).toHaveText([...highlighted, mark]);
  }
});

test('a new meow that matches appears in the results', async ({ meower, another }) => {
  const mark = uniqueWord();
  await another.post(`first ${mark}`);
  await another.findable(mark, 1);
  await meower.open(`/?query=${mark}`);
  await expect(meower.results.getByRole('article')).toHaveCount(1);
  await another.post(`second ${mark}`);
  await another.post('something else');
  await expect(meower.results.getByRole('article')).toHaveCount(2);
  await expect(meower.results.getByRole('article').first()).toContainText(`second ${mark}`);
});

test('finding nothing differs from an unavailable search', async ({ meower, page }) => {
  await meower.open(`/?query=${uniqueWord()}`);
  await expect(page.getByText('No meows found').last()).toBeVisible();

  await page.route(/\/search\?/, (route) =>
    route.fulfill({ json: [], headers: { 'x-degraded': 'search' }, contentType: 'application/json' }),
  );
  await meower.searchBox.fill(uniqueWord());
  await expect(page.getByText('Search is unavailable').last()).toBeVisible();
  await page.unroute(/\/search\?/);
  await page.getByRole('button', { name: 'Search again' }).click();
  await expect(page.getByText('No meows found').last()).toBeVisible();
});

test('a late answer does not replace a newer one', async ({ meower, another, page }) => {
  const [slow, quick] = [uniqueWord(), uniqueWord()];
  await another.postAll([`slow ${slow}`, `quick ${quick}`]);
  await another.findable(slow, 1);
  await another.findable(quick, 1);
  await meower.open();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  await page.route(new RegExp(`query=${slow}`), async (route) => {
    onAsked();
    await held;
    // The page has cancelled the request if it is fast.
    await route.continue().catch(() => {});
  });
  await meower.searchBox.fill(slow);
  await asked;
  await meower.searchBox.fill(quick);
  await expect(meower.results.getByRole('article')).toContainText(`quick ${quick}`);
  release();
  await expect(meower.results.getByRole('article')).toHaveCount(1);
  await expect(meower.results.getByRole('article')).toContainText(`quick ${quick}`);
});

test('scrolling loads more results', async ({ meower, another, page }) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 120 }, (_, i) => `${mark} number ${i}`));
  await another.findable(mark, 120);
  await meower.open(`/?query=${mark}`);
  await expect(meower.results.getByRole('article').first()).toBeVisible();
  await expect(async () => {
    await page.mouse.wheel(0, 5000);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await expect(page.getByText('That’s everything.')).toBeVisible({ timeout: 500 });
  }).toPass({ intervals: [50] });
  await expect(meower.results.getByText('120 meows found')).toBeVisible();
});

test.describe('when the server fails', () => {
  test.use({ expectedErrors: /status of 500/ });

  test('the page shows it, and the search works again on request', async ({ meower, another, page }) => {
    const mark = uniqueWord();
    await another.post(mark);
    await another.findable(mark, 1);
    await meower.open();
    await page.route(/\/search\?/, (route) =>
      route.fulfill({ status: 500, json: { error: 'Could not fetch meows' } }),
    );
    await meower.searchBox.fill(mark);
    await expect(page.getByRole('alert')).toContainText('Search failed');
    await page.unroute(/\/search\?/);
    await page.getByRole('button', { name: 'Search again' }).click();
    await expect(meower.results.getByRole('article')).toContainText(mark);
  });
});
