import { unique, uniqueWord } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';

const POSTS = '**/meows';

test('counts characters as the server does, and sends nothing that it would refuse', async ({
  meower,
  page,
}) => {
  await meower.open();
  await expect(meower.submit).toBeDisabled();
  await meower.textArea.fill(' \n ');
  await expect(meower.submit).toBeDisabled();
  await meower.textArea.fill('🐱'.repeat(139));
  await expect(page.getByText('1 character left').first()).toBeAttached();
  await meower.textArea.fill('🐱'.repeat(141));
  await expect(page.getByText('1 character over the limit').first()).toBeAttached();
  await expect(meower.submit).toBeDisabled();
  await expect(meower.textArea).toHaveAttribute('aria-invalid', 'true');

  const mark = uniqueWord();
  await meower.textArea.fill(mark + '&'.repeat(140 - mark.length));
  await meower.submit.click();
  await expect(meower.meow(mark)).toContainText('&'.repeat(140 - mark.length));
});

test('Ctrl + Enter posts, Enter alone starts a line', async ({ meower, page }) => {
  const text = unique('first line');
  await meower.open();
  await meower.textArea.fill(text);
  await page.keyboard.press('Enter');
  await page.keyboard.type('second line');
  await page.keyboard.press('Control+Enter');
  await expect(meower.meow(text).getByText(`${text}\nsecond line`, { exact: true })).toBeVisible();
  await expect(meower.meow(text).getByRole('paragraph').last()).toHaveText(`${text}\nsecond line`, {
    useInnerText: true,
  });
});

test('for five seconds, a meow can be taken back; then it is sent, and the focus stays in the timeline', async ({
  meower,
  page,
}) => {
  const text = unique('on second thoughts');
  const undo = page.getByRole('button', { name: 'Undo' });
  await page.clock.install();
  await meower.open();
  await page.getByText('Settings').click();
  await page.getByRole('checkbox', { name: /five seconds/ }).check();
  await meower.post(text);
  await page.clock.runFor(4_000);
  await undo.click();
  await expect(meower.textArea).toHaveValue(text);
  await expect(meower.textArea).toBeFocused();
  await page.clock.runFor(5_000);
  await expect(meower.meow(text)).toHaveCount(0);
  await meower.submit.click();
  await undo.focus();
  await page.clock.runFor(5_000);
  await expect(undo).toHaveCount(0);
  await expect(meower.timeline).toBeFocused();
  await expect(meower.pending(text)).toHaveCount(0);
  await expect(meower.meow(text)).toHaveCount(1);
});

test('the text area grows with the text', async ({ meower }) => {
  await meower.open();
  const height = async () => (await meower.textArea.boundingBox())?.height ?? 0;
  const empty = await height();
  await meower.textArea.fill('a line\n'.repeat(8));
  await expect.poll(height).toBeGreaterThan(empty);
  await meower.textArea.fill('');
  await expect.poll(height).toBe(empty);
});

test('a cat can write from anywhere on the page', async ({ meower, another, page, isMobile }) => {
  const [text, mark] = [unique('from down here'), uniqueWord()];
  await another.burst(Array.from({ length: 30 }, (_, i) => `${mark} ${i}`));
  await meower.open();
  await expect(meower.meow(mark).first()).toBeVisible();
  const write = page.getByRole('button', { name: 'Write a meow' });
  await expect(write).toBeHidden();
  await meower.scrollTo(1_500);
  if (!isMobile) {
    // The form stays in the window.
    await expect(write).toBeHidden();
    await expect(meower.textArea).toBeInViewport();
    return;
  }
  await write.click();
  const dialog = page.getByRole('dialog', { name: 'Write a meow' });
  await expect(dialog.getByRole('textbox')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(write).toBeFocused();
  expect(await page.evaluate(() => scrollY)).toBe(1_500);
  await write.click();
  await dialog.getByRole('textbox').fill(text);
  await dialog.getByRole('button', { name: 'Meow', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(meower.meow(text)).toBeInViewport();
});

test('a draft survives a reload', async ({ meower, page }) => {
  const text = unique('half a thought');
  await meower.open();
  await meower.textArea.fill(text);
  await page.reload();
  await expect(meower.textArea).toHaveValue(text);
  await meower.submit.click();
  await expect(meower.meow(text)).toBeVisible();
  await page.reload();
  await expect(meower.meow(text)).toBeVisible();
  await expect(meower.textArea).toHaveValue('');
});

test('on a slow server the meow appears immediately, marked as pending, and never twice', async ({
  meower,
  another,
  page,
}) => {
  const text = unique('slow');
  await meower.open();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { promise: stored, resolve: onStored } = Promise.withResolvers<void>();
  await page.route(POSTS, async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    await held;
    // The answer waits until the same meow has been pushed.
    const response = await route.fetch();
    onStored();
    await pushed;
    await route.fulfill({ response });
  });
  const { promise: pushed, resolve: onPushed } = Promise.withResolvers<void>();

  await meower.post(text);
  await expect(meower.pending(text)).toContainText('Sending');
  release();
  await stored;
  const later = unique('later');
  await another.post(later);
  await expect(meower.meow(later)).toBeVisible();
  await expect(meower.meow(text)).toHaveCount(1);
  onPushed();
  await expect(meower.pending(text)).toHaveCount(0);
  await expect(meower.meow(text)).toHaveCount(1);
  await page.reload();
  await expect(meower.meow(text)).toHaveCount(1);
});

test('a double click posts once', async ({ meower, page }) => {
  const text = unique('once');
  await meower.open();
  await meower.textArea.fill(text);
  await meower.submit.dblclick();
  await expect(meower.meow(text)).toBeVisible();
  await expect(meower.pending(text)).toHaveCount(0);
  await page.reload();
  await meower.isLive();
  await expect(meower.meow(text)).toHaveCount(1);
});

test.describe('when the server fails', () => {
  test.use({ expectedErrors: /status of (400|500)|ERR_(CONNECTION|INTERNET)/ });

  test('the text is kept, and a retry posts it once', async ({ meower, page }) => {
    const text = unique('try again');
    await meower.open();
    await page.route(POSTS, (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 500, json: { error: 'Failed to create meow' } })
        : route.continue(),
    );
    await meower.post(text);
    await expect(meower.pending(text)).toContainText('Not sent');
    await page.unroute(POSTS);
    await meower.pending(text).getByRole('button', { name: 'Try again' }).click();
    await expect(meower.pending(text)).toHaveCount(0);
    await expect(meower.meow(text)).toHaveCount(1);
    await page.reload();
    await expect(meower.meow(text)).toHaveCount(1);
  });

  test('a lost answer posts nothing twice', async ({ meower, page }) => {
    const text = unique('lost answer');
    await meower.open();
    const keys: (string | undefined)[] = [];
    await page.route(POSTS, async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length > 1) return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
    await meower.post(text);
    // The page retries automatically.
    await expect.poll(() => keys.length, { timeout: 30_000 }).toBe(2);
    expect(keys[1]).toBe(keys[0]);
    await expect(meower.pending(text)).toHaveCount(0);
    await expect(meower.meow(text)).toHaveCount(1);
    await page.reload();
    await meower.isLive();
    await expect(meower.meow(text)).toHaveCount(1);
  });

  test('a refused post can be edited and sent, or discarded', async ({ meower, page }) => {
    const [good, bad] = [unique('edited'), unique('discarded')];
    await meower.open();
    await page.route(POSTS, (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 400, json: { error: 'Invalid body' } })
        : route.continue(),
    );
    await meower.post(good);
    await meower.post(bad);
    await expect(meower.pending(good)).toContainText('Meower didn’t accept this');
    await expect(meower.pending(bad)).toContainText('Meower didn’t accept this');
    await page.unroute(POSTS);
    await meower.pending(bad).getByRole('button', { name: 'Discard' }).click();
    await expect(meower.meow(bad)).toHaveCount(0);
    await meower.pending(good).getByRole('button', { name: 'Edit' }).click();
    await expect(meower.textArea).toHaveValue(good);
    await meower.submit.click();
    await expect(meower.meow(good)).toHaveCount(1);
    await expect(meower.pending(good)).toHaveCount(0);
  });

  test('a meow posted offline waits, survives a reload, and is sent once', async ({
    meower,
    page,
    context,
  }) => {
    const text = unique('from the train');
    await meower.open();
    await context.setOffline(true);
    await meower.post(text);
    await expect(meower.pending(text)).toContainText('Waiting for a connection');
    await context.setOffline(false);
    await meower.isLive();
    await expect(meower.pending(text)).toHaveCount(0);
    await expect(meower.meow(text)).toHaveCount(1);

    const other = unique('before the tunnel');
    await page.route(POSTS, (route) =>
      route.request().method() === 'POST' ? route.abort('internetdisconnected') : route.continue(),
    );
    await meower.post(other);
    await expect(meower.pending(other)).toContainText('Waiting for a connection');
    await page.reload();
    await expect(meower.pending(other)).toBeVisible();
    await page.unroute(POSTS);
    await page.reload();
    await expect(meower.meow(other)).toHaveCount(1);
    await expect(meower.pending(other)).toHaveCount(0);
  });
});
