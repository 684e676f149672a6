import { unique, uniqueWord } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';
import type { MeowerPage } from './meower-page.ts';

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

test('newlines and stacked marks deface nothing but their own meow', async ({ meower, another, page }) => {
  const mark = uniqueWord();
  await another.postAll([
    `${mark} below`,
    `${mark} ${'\u0316\u0317\u0318\u0319'.repeat(10)}x${'\u0300\u0301\u0302\u0303'.repeat(20)}`,
    `${mark} above`,
    `${mark}${'\n'.repeat(120)}end`,
    `${mark}${'\nx'.repeat(50)}`,
  ]);
  await meower.open();
  await expect(meower.meow(mark)).toHaveCount(5);
  for (const meow of await meower.meow(mark).all())
    expect((await meow.boundingBox())?.height).toBeLessThan(320);

  const neighbours = [meower.meow(`${mark} below`), meower.meow(`${mark} above`)];
  const pictures = async () => {
    const taken: string[] = [];
    for (const meow of neighbours)
      taken.push((await meow.screenshot({ mask: [page.locator('time')] })).toString('base64'));
    return taken;
  };
  await neighbours[0]?.scrollIntoViewIfNeeded();
  const defaced = await pictures();
  const hostile = meower.meow(new RegExp(`^${mark} [\\p{M}]+x`, 'u'));
  await hostile.evaluate((element) => {
    element.style.visibility = 'hidden';
  });
  expect(defaced).toEqual(await pictures());

  await meower.meow(mark).first().getByRole('button', { name: 'Show more' }).click();
  await expect(meower.meow(mark).first()).toContainText('x\nx\nx\nx\nx\nx\nx\nx\nx\nx');
});

test('a long meow without line breaks shows eight lines, and the others on request', async ({
  meower,
  another,
  page,
  isMobile,
}) => {
  const mark = uniqueWord();
  const id = await another.post(`${mark} ${'W'.repeat(105)} #${mark}`);
  await meower.open();
  const meow = meower.meow(mark);
  const text = meow.getByRole('paragraph');
  await expect(text).toBeVisible();
  const lines = () =>
    text.evaluate((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      const { height } = range.getBoundingClientRect();
      const line = Number.parseFloat(getComputedStyle(element).lineHeight);
      return { all: Math.round(height / line), shown: Math.round(element.clientHeight / line) };
    });
  const more = meow.getByRole('button', { name: 'Show more' });
  if (!isMobile) {
    await expect(more).toHaveCount(0);
    // On a narrower window, the same text has more lines.
    await page.setViewportSize({ width: 320, height: 640 });
  }
  await expect(more).toBeVisible();
  expect(await lines()).toMatchObject({ shown: 8 });
  await more.click();
  await expect(more).toHaveCount(0);
  const { all, shown } = await lines();
  expect(all).toBeGreaterThan(8);
  expect(shown).toBe(all);

  // The keyboard reaches a link in the hidden lines, and shows them.
  await page.reload();
  await expect(more).toBeVisible();
  await meow.getByRole('link', { name: `#${mark}` }).focus();
  await expect(more).toHaveCount(0);
  await page.goto(`/m/${id}`);
  await expect(text).toBeVisible();
  await expect(more).toHaveCount(0);
  const single = await lines();
  expect(single.shown).toBe(single.all);
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

test('a meow is new although the clock of the reader is an hour ahead', async ({ meower, another, page }) => {
  const [pushed, own] = [unique('pushed'), unique('own')];
  await another.post(pushed);
  await page.clock.setSystemTime(Date.now() + 3_600_000);
  await meower.open();
  await expect(meower.meow(pushed).locator('time')).toContainText(/now|\ds/);
  await meower.post(own);
  await expect(meower.meow(own).locator('time')).toContainText(/now|\ds/);
});

test('after an absence, a mark shows where the reader was', async ({ meower, another, page }) => {
  const [seen, missed] = [unique('seen'), unique('missed')];
  await another.post(seen);
  await meower.open();
  await expect(meower.meow(seen)).toBeVisible();
  await page.goto('about:blank');
  await another.post(missed);
  await meower.open();
  await expect(meower.meow(missed)).toBeVisible();
  await expect(page.getByText('You were here')).toHaveCount(0);

  await page.goto('about:blank');
  const later = unique('later');
  await another.post(later);
  await page.clock.setSystemTime(Date.now() + 3_600_000);
  await meower.open();
  await expect(meower.meow(missed)).toContainText('You were here');
  await expect(page.getByText('You were here')).toHaveCount(1);
});

test('a hashtag leads to a search', async ({ meower, another }) => {
  const tag = `#${uniqueWord()}`;
  await another.postAll([`one ${tag}`, `two ${tag}!`]);
  await another.findable(tag, 2);
  await meower.open();
  await meower.meow(`one ${tag}`).getByRole('link', { name: tag }).click();
  await expect(meower.results.getByRole('article')).toHaveCount(2);
  await expect(meower.searchBox).toHaveValue(tag);
});

test('turning the phone keeps the place, also for the meows above', async ({ meower, another, page }) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 48 }, (_, i) => `${mark} ${i} ${'purr '.repeat((i % 7) * 3)}`));
  await meower.open();
  // The first meows have been rendered, also those below the window.
  const renderedBelow = () =>
    page.evaluate(() => {
      const last = [...document.querySelectorAll('main article')].at(-1);
      return (last?.getBoundingClientRect().bottom ?? 0) - innerHeight;
    });
  await expect.poll(renderedBelow).toBeGreaterThan(800);
  await meower.scrollTo(2_500);
  const meows = page.getByRole('article');
  const inView = await meows.evaluateAll((all) =>
    all.find((one) => one.getBoundingClientRect().top > 120)?.getAttribute('data-id'),
  );
  const read = page.locator(`[data-id="${inView}"]`);
  const top = async () => (await read.boundingBox())?.y ?? Number.NaN;
  const before = await top();
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  await page.setViewportSize({ width: height, height: width });
  await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThan(2);

  await expectStepsUp(meower, 8);
});

test('scrolling up after a jump moves nothing, although the meows on the way were never shown', async ({
  meower,
  another,
  page,
}) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 50 }, (_, i) => `${mark} ${i} ${'purr '.repeat((i % 7) * 3)}`));
  await meower.open();
  await expect(meower.meow(mark).first()).toBeVisible();
  await meower.scrollTo(await page.evaluate(() => document.body.scrollHeight));
  await expectStepsUp(meower, 25);
});

test('paper shows every loaded meow and nothing else', async ({ meower, another, page }) => {
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 120 }, (_, i) => `${mark} ${i}`));
  await meower.open();
  await expect(async () => {
    await page.evaluate(() => scrollBy(0, 3_000));
    await expect(meower.meow(new RegExp(`${mark} \\d+`))).not.toHaveCount(0, { timeout: 100 });
    await expect(meower.timeline.getByRole('article').last()).toHaveAttribute('aria-posinset', /1\d\d/, {
      timeout: 100,
    });
  }).toPass({ intervals: [50] });
  await page.evaluate(() => {
    addEventListener('afterprint', () => Object.assign(window, { printed: true }));
    addEventListener('beforeprint', async () => {
      await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
      Object.assign(window, { onPaper: document.querySelectorAll('article').length });
    });
  });
  await page.pdf();
  const onPaper = () => page.evaluate(() => (window as unknown as { onPaper: number }).onPaper);
  await expect.poll(onPaper).toBeGreaterThanOrEqual(100);
  await page.emulateMedia({ media: 'print' });
  await expect(meower.textArea).toBeHidden();
  await expect(meower.searchBox).toBeHidden();
  await expect(meower.timeline).toBeVisible();
  const printedTime = await meower
    .meow(mark)
    .first()
    .locator('time')
    .evaluate((time) => getComputedStyle(time, '::after').content);
  expect(printedTime).toContain(String(new Date().getFullYear()));
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false, expectedErrors: /status of 404/ });

  test('the page shows the newest meows and leads to each, and to the older ones', async ({
    another,
    page,
  }) => {
    const [text, older] = [unique('<b>plain</b>'), unique('older')];
    await another.post(older);
    await another.burst(Array.from({ length: 50 }, () => unique('between')));
    await another.post(text);
    await page.goto('/');
    await expect(page).toHaveURL('/meows.html');
    await expect(page.getByRole('heading', { name: 'Meower' })).toBeInViewport();
    const first = page.getByRole('article').first();
    await expect(first.getByText(text, { exact: true })).toBeInViewport();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.getByRole('link', { name: 'Older meows' }).click();
    await expect(page.getByRole('article').filter({ hasText: older })).toBeVisible();

    await page.goto('/meows.html');
    await first.getByRole('link').click();
    await expect(page).toHaveURL(/\/m\/\w{27}$/);
    await expect(page.getByRole('article')).toHaveText(new RegExp(text.replace(/[<>/]/g, '.')));
    await page.getByRole('link', { name: 'The newest meows' }).click();
    await expect(first.getByText(text, { exact: true })).toBeVisible();
    await page.goto('/m/000000000000000000000000000');
    await expect(page.getByRole('main')).toContainText('Meow not found');
  });
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

test('a link to a meow has its text in the title before any script runs', async ({ another, page }) => {
  const mark = uniqueWord();
  const id = await another.post(`${mark} <b> "&amp;`);
  const response = await page.request.get(`/m/${id}`);
  expect(response.status()).toBe(200);
  const html = await response.text();
  expect(html).toContain(`<title>${mark} &lt;b&gt; &#34;&amp;amp; · Meower</title>`);
  expect((await page.request.get('/m/000000000000000000000000000')).status()).toBe(404);
  expect((await page.request.get('/robots.txt')).status()).toBe(200);
  expect(await (await page.request.get('/feed.atom')).text()).toContain(`/m/${id}`);
});

test.describe('when the server fails', () => {
  test.use({ expectedErrors: /status of (404|500)/ });

  test('a link to a missing meow shows that there is none', async ({ page }) => {
    await page.goto('/m/000000000000000000000000000');
    await expect(page.getByText('Meow not found')).toBeVisible();
    await page.getByRole('link', { name: 'Back to the timeline' }).click();
    await expect(page).toHaveURL('/');
  });

  test('the page shows what to do, and works again on request', async ({ meower, another, page }) => {
    const text = unique('after the failure');
    await another.post(text);
    await page.route(/\/meows(\?|$)/, (route) =>
      route.fulfill({ status: 500, json: { error: 'Could not fetch meows' } }),
    );
    await page.goto('/');
    const alert = page.getByRole('alert');
    await expect(alert).toContainText('Couldn’t load the meows');
    await expect(alert).toContainText('Please try again');
    const asked = page.waitForRequest(/\/meows(\?|$)/);
    await alert.getByRole('button', { name: 'Try again' }).click();
    await asked;
    // Before this, the page might succeed by itself, which would remove the button.
    await page.unroute(/\/meows(\?|$)/);
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

/** Scrolls up in steps. With each, the meow at the top of the window moves as far as the page is scrolled. */
async function expectStepsUp(meower: MeowerPage, steps: number): Promise<void> {
  const { page } = meower;
  for (let step = 1; step <= steps; step++) {
    const before = await page.evaluate(() => {
      const meows = [...document.querySelectorAll('main article')];
      const first = meows.find((meow) => meow.getBoundingClientRect().top > 0);
      return {
        at: window.scrollY,
        id: first?.getAttribute('data-id'),
        top: first?.getBoundingClientRect().top ?? 0,
      };
    });
    await meower.scrollTo(before.at - 100);
    const now = (await page.locator(`[data-id="${before.id}"]`).boundingBox())?.y ?? Number.NaN;
    expect(Math.abs(now - before.top - 100), `step ${step}`).toBeLessThan(2);
  }
}
