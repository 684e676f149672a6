import { unique } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';
import { MeowerPage } from './meower-page.ts';

const POSTS = '**/meows';

test.describe('without an answer of Meower', () => {
  test.use({ expectedErrors: /status of 503|ERR_INTERNET_DISCONNECTED/ });

  test('what one tab discards is not sent by another', async ({ meower, context }) => {
    const [discarded, kept] = [unique('discarded'), unique('kept')];
    await meower.open();
    const second = new MeowerPage(await context.newPage());
    await second.open();
    const posted: { body: string; key: string | undefined }[] = [];
    // Of an attempt that is aborted this is not reported.
    context.on('requestfinished', (request) => {
      if (request.method() !== 'POST') return;
      posted.push({ body: request.postData() ?? '', key: request.headers()['idempotency-key'] });
    });
    await context.route(POSTS, (route) =>
      route.request().method() === 'POST' ? route.abort('internetdisconnected') : route.continue(),
    );
    await meower.post(discarded);
    await meower.post(kept);
    await expect(second.pending(discarded)).toContainText('Waiting for a connection');
    await meower.pending(discarded).getByRole('button', { name: 'Discard' }).click();
    await expect(second.pending(discarded)).toHaveCount(0);

    await context.unroute(POSTS);
    for (const tab of [meower, second]) {
      await expect(tab.pending(kept)).toHaveCount(0);
      await expect(tab.meow(kept)).toHaveCount(1);
      await expect(tab.meow(discarded)).toHaveCount(0);
    }
    // Browsers notify other tabs of a change late, so both may send it: Meower recognises it by its key.
    expect(new Set(posted.filter(({ body }) => body.includes(kept)).map(({ key }) => key)).size).toBe(1);
    expect(posted.filter(({ body }) => body.includes(discarded))).toEqual([]);
  });

  test('the page of a Wi-Fi confirms nothing, and what a busy server refused is not sent again by a reload', async ({
    meower,
    page,
  }) => {
    const [portal, busy] = [unique('portal'), unique('busy')];
    await meower.open();
    await page.route(POSTS, (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ contentType: 'text/html', body: '<h1>Welcome to the Wi-Fi' })
        : route.continue(),
    );
    await meower.post(portal);
    await expect(meower.pending(portal)).toContainText('Waiting for a connection');
    await page.unroute(POSTS);
    await expect(meower.pending(portal)).toHaveCount(0);
    await expect(meower.meow(portal)).toHaveCount(1);

    await page.route(POSTS, (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 503, json: { error: 'Too many meows, try again' } })
        : route.continue(),
    );
    await meower.post(busy);
    await expect(meower.pending(busy)).toContainText('Not sent');
    await page.unroute(POSTS);
    await page.reload();
    await meower.isLive();
    await expect(meower.pending(busy)).toContainText('Not sent');
    await meower.pending(busy).getByRole('button', { name: 'Try again' }).click();
    await expect(meower.pending(busy)).toHaveCount(0);
    await expect(meower.meow(busy)).toHaveCount(1);
  });
});

test('a broken entry in the storage does not keep the page from starting', async ({ meower, page }) => {
  await page.addInitScript(() => {
    localStorage.setItem('meower.pending.x', '{"key":');
    localStorage.setItem('meower.preferences', '[7');
  });
  await meower.open();
  const text = unique('still here');
  await meower.post(text);
  await expect(meower.meow(text)).toBeVisible();
});

test('without any storage the page works', async ({ meower, page }) => {
  await page.addInitScript(() => Object.defineProperty(window, 'localStorage', { value: null }));
  const text = unique('forgetful');
  await meower.open();
  await meower.post(text);
  await expect(meower.meow(text)).toBeVisible();
  await expect(meower.pending(text)).toHaveCount(0);
});

test('a draft is the same in all tabs', async ({ meower, context }) => {
  await meower.open();
  const second = new MeowerPage(await context.newPage());
  await second.open();
  await meower.textArea.fill('half a thought');
  await expect(second.textArea).toHaveValue('half a thought');
});
