import { unique, uniqueWord } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';
import { MeowerPage } from './meower-page.ts';

test('a meow appears immediately, in a second browser too, and is still there after a reload', async ({
  meower,
  browser,
}) => {
  const context = await browser.newContext();
  const second = new MeowerPage(await context.newPage());
  await Promise.all([meower.open(), second.open()]);

  const text = unique('hello');
  await meower.post(text);
  await expect(meower.meow(text)).toBeVisible();
  await expect(second.meow(text)).toBeVisible();
  await expect(meower.textArea).toHaveValue('');
  await expect(meower.textArea).toBeFocused();

  for (const { page } of [meower, second]) await page.reload();
  for (const cat of [meower, second]) await expect(cat.meow(text)).toHaveCount(1);
  await context.close();
});

test('markup is shown as text', async ({ meower, browser }) => {
  const text = unique('<script>alert(1)</script> <b>bold</b> &lt;i&gt; "quoted" \'too\' &');
  const context = await browser.newContext();
  const second = new MeowerPage(await context.newPage());
  await Promise.all([meower.open(), second.open()]);
  for (const { page } of [meower, second])
    page.on('dialog', () => {
      throw new Error('a script ran');
    });
  await meower.post(text);
  await expect(meower.meow(text).getByText(text, { exact: true })).toBeVisible();
  await expect(second.meow(text).getByText(text, { exact: true })).toBeVisible();
  await meower.page.reload();
  await expect(meower.meow(text).getByText(text, { exact: true })).toBeVisible();
  await expect(meower.timeline.locator('script, b, i')).toHaveCount(0);
  await context.close();
});

test.describe('without a network', () => {
  test.use({ expectedErrors: /ERR_INTERNET_DISCONNECTED/ });

  test('meows posted while offline appear afterwards: each once, in order', async ({
    meower,
    another,
    context,
  }) => {
    const mark = uniqueWord();
    await meower.open();
    await another.post(`seen ${mark}`);
    await expect(meower.meow(`seen ${mark}`)).toBeVisible();

    await context.setOffline(true);
    await expect(meower.connection).toHaveText(/offline/);
    await another.postAll(['one', 'two', 'three'].map((text) => `${text} ${mark}`));
    expect(await meower.texts(new RegExp(mark))).toEqual([`seen ${mark}`]);

    await context.setOffline(false);
    await meower.isLive();
    await another.post(`live ${mark}`);
    await expect(meower.meow(`live ${mark}`)).toBeVisible();
    const expected = ['live', 'three', 'two', 'one', 'seen'].map((text) => `${text} ${mark}`);
    expect(await meower.texts(new RegExp(mark))).toEqual(expected);
  });
});

test.describe('when the connection is cut', () => {
  test('the page shows it, and missed meows appear without a reload', async ({ meower, another, page }) => {
    const mark = uniqueWord();
    const asked: string[] = [];
    let accepting = true;
    let cut = () => {};
    await page.routeWebSocket(/\/pusher/, (socket) => {
      asked.push(socket.url());
      if (!accepting) return void socket.close({ code: 1013 });
      const server = socket.connectToServer();
      cut = () => {
        socket.close({ code: 1001 });
        server.close();
      };
    });
    await meower.open();
    await another.post(`seen ${mark}`);
    await expect(meower.meow(`seen ${mark}`)).toBeVisible();

    accepting = false;
    cut();
    await expect(meower.connection).toHaveText(/reconnecting/);
    await another.postAll([`one ${mark}`, `two ${mark}`]);
    accepting = true;
    await meower.isLive();
    await expect(meower.meow(`two ${mark}`)).toBeVisible();
    expect(await meower.texts(new RegExp(mark))).toEqual([`two ${mark}`, `one ${mark}`, `seen ${mark}`]);
    expect(asked.at(-1)).toMatch(/\?cursor=\d+$/);
  });

  test('an expired cursor causes a new fetch, with no gap and no duplicate', async ({
    meower,
    another,
    page,
  }) => {
    const mark = uniqueWord();
    let cut = () => {};
    await page.routeWebSocket(/\/pusher/, (socket) => {
      // As if the stream had been recreated.
      const isResuming = new URL(socket.url()).searchParams.has('cursor');
      if (isResuming) socket.send('{"kind":2}');
      const server = socket.connectToServer();
      if (isResuming)
        server.onMessage((message) => String(message).includes('later') && socket.send(message));
      cut = () => {
        socket.close({ code: 1001 });
        server.close();
      };
    });
    await meower.open();
    await another.post(`seen ${mark}`);
    await expect(meower.meow(`seen ${mark}`)).toBeVisible();
    cut();
    await another.postAll([`one ${mark}`, `two ${mark}`]);
    await expect(meower.meow(`two ${mark}`)).toBeVisible();
    await meower.isLive();
    await another.post(`later ${mark}`);
    await expect(meower.meow(`later ${mark}`)).toBeVisible();
    const expected = ['later', 'two', 'one', 'seen'].map((text) => `${text} ${mark}`);
    expect(await meower.texts(new RegExp(mark))).toEqual(expected);
  });
});

test('where WebSockets are blocked, the page asks for what has changed since, and new meows appear', async ({
  meower,
  another,
  page,
}) => {
  const mark = uniqueWord();
  await page.routeWebSocket(/\/pusher/, (socket) => socket.close({ code: 1013 }));
  // What goes over the network: to the page, the browser answers from its cache.
  const network = await page.context().newCDPSession(page);
  const lists = new Set<string>();
  const answers: number[] = [];
  network.on('Network.requestWillBeSent', ({ requestId, request: { url, method } }) => {
    if (method === 'GET' && /\/meows\?/.test(url)) lists.add(requestId);
  });
  network.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
    if (lists.has(requestId)) answers.push(statusCode);
  });
  await network.send('Network.enable');
  await page.goto('/');
  await meower.post(`mine ${mark}`);
  await expect(meower.meow(`mine ${mark}`)).toBeVisible();
  await expect(meower.connection).toHaveText(/reconnecting/);
  await another.post(`theirs ${mark}`);
  await expect(meower.meow(`theirs ${mark}`)).toBeVisible();
  await expect(meower.pending(`mine ${mark}`)).toHaveCount(0);
  await expect.poll(() => answers).toContain(304);
  expect(await meower.texts(new RegExp(mark))).toEqual([`theirs ${mark}`, `mine ${mark}`]);
  await another.post(`later ${mark}`);
  await expect(meower.meow(`later ${mark}`)).toBeVisible();
});

test('a connection to a frozen server is given up', async ({ meower, page }) => {
  const opened: string[] = [];
  await page.clock.install();
  // The route accepts the socket and sends nothing.
  await page.routeWebSocket(/\/pusher/, (socket) => void opened.push(socket.url()));
  await page.goto('/');
  await meower.isLive();
  await page.clock.runFor(10_000);
  expect(opened).toHaveLength(1);
  await page.clock.runFor(6_000);
  await expect(meower.connection).toHaveText(/reconnecting/);
  await page.clock.runFor(1_000);
  await expect.poll(() => opened.length).toBe(2);
});

test('the list is loaded once at the start', async ({ meower, another, page }) => {
  const text = unique('before');
  await another.post(text);
  const lists: string[] = [];
  page.on('request', (request) => request.url().includes('/meows?') && lists.push(request.url()));
  // The page also loads it when its socket is not open after 400 ms. On a slow machine, it waits longer here.
  await page.addInitScript(() => {
    const start = window.setTimeout.bind(window);
    const patient = (task: TimerHandler, ms?: number) => start(task, ms === 400 ? 60_000 : ms);
    window.setTimeout = patient as typeof window.setTimeout; // Node's types want more of it.
  });
  await meower.open();
  await expect(meower.meow(text)).toBeVisible();
  expect(lists).toHaveLength(1);
});

test('nothing moves under the pointer', async ({ meower, another, page }) => {
  const mark = uniqueWord();
  await another.post(`first ${mark}`);
  await meower.open();
  await meower.meow(`first ${mark}`).hover();
  const place = () => meower.meow(`first ${mark}`).boundingBox();
  const before = await place();
  // A list that is painted below a resting pointer is not pointed at: the pointer has to move.
  await meower.meow(`first ${mark}`).hover({ position: { x: 9, y: 9 } });
  await another.post(`second ${mark}`);
  await expect(meower.pill).toHaveText(/1 new meow/);
  expect(await place()).toEqual(before);
  await page.mouse.move(0, 0);
  await expect(meower.meow(`second ${mark}`)).toBeVisible();
});

test('a burst of 500 meows is counted completely and moves nothing that is being read', async ({
  meower,
  another,
  page,
}) => {
  test.slow();
  const mark = uniqueWord();
  await another.burst(Array.from({ length: 60 }, (_, i) => `before ${i} ${mark}`));
  await meower.open();
  await observeLayoutShifts(page);
  await expect(meower.meow(mark).first()).toBeVisible();
  await page.mouse.move(160, 500);
  await meower.scrollTo(1000);
  const read = meower.page.getByRole('article').filter({ visible: true }).nth(12);
  const id = await read.getAttribute('aria-labelledby');
  const place = () => page.locator(`[aria-labelledby="${id}"]`).boundingBox();
  const before = await place();
  expect(before).not.toBeNull();

  await another.burst(Array.from({ length: 500 }, (_, i) => `burst ${i} ${mark}`));
  await expect(meower.pill).toHaveText(/500 new meows/, { timeout: 30_000 });
  await expect(page).toHaveTitle('(500) Meower');
  expect(await place()).toEqual(before);
  expect(await layoutShift(page)).toBe(0);

  await meower.pill.click();
  await expect(meower.pill).toBeHidden();
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(0);
  await expect(page.getByRole('article').first()).toContainText(/burst/);
  await expect(page).toHaveTitle('Meower');
  await another.post(`after ${mark}`);
  await expect(page.getByRole('article').first()).toContainText(`after ${mark}`);
});

async function observeLayoutShifts(page: MeowerPage['page']): Promise<void> {
  await page.evaluate(() => {
    const seen = { total: 0 };
    Object.assign(window, { layoutShifts: seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        seen.total += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: 'layout-shift' });
  });
}

function layoutShift(page: MeowerPage['page']): Promise<number> {
  return page.evaluate(() => (window as unknown as { layoutShifts: { total: number } }).layoutShifts.total);
}
