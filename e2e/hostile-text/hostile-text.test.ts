import { PAGE_FOLDER, servePage } from '@meower/embedded/page.ts';
import { createMeowService } from '@meower/meow-service/service.ts';
import { createPusherService } from '@meower/pusher-service/service.ts';
import { createQueryService } from '@meower/query-service/service.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import { unescapeHtml, withoutControls } from '@meower/shared/meow/meow-body.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { createInMemorySearchRepository } from '@meower/shared/search/in-memory.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { type Browser, type BrowserContextOptions, chromium, type Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { HttpClient } from '../contract/http-client.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';

vi.setConfig({ testTimeout: 60_000 });

const SOON = { timeout: 20_000, interval: 100 };
/** No id, and newer than all. */
const HOSTILE_ID = `zzz"><script>boom()</script><a href='`;
/**
 * Without the Content Security Policy, which would stop what is not escaped; so high that the list shows all
 * meows.
 */
const CONTEXT: BrowserContextOptions = {
  bypassCSP: true,
  serviceWorkers: 'block',
  viewport: { width: 1280, height: 10_000 },
};
const newMeowId = createIdGenerator();

/** As a service with rights, which was taken over, writes it: the text is not escaped. */
const unescaped = (body: string): Meow => ({ ...newMeowId(), body });
/** What a reader shall see. */
const shown = (text: string) => text.replace(/\s+/g, ' ').trim();
const texts = (meows: readonly Meow[]) => meows.map(({ body }) => shown(unescapeHtml(body))).toSorted();
const shortened = (text: string) => ([...text].length > 60 ? `${[...text].slice(0, 59).join('')}…` : text);
const posted = HOSTILE_TEXTS.map((text) => shown(withoutControls(text)));

interface Found {
  title: string;
  description: string;
  texts: string[];
  /** Elements and attributes that only a text which became HTML could have made. */
  intruders: string[];
  scripts: number;
}

/** Runs in the page. */
const lookInto = `window.lookInto = (document) => {
  const shown = (text) => text.replace(/\\s+/g, ' ').trim();
  const paragraphs = [...document.querySelectorAll('article p.meow-text')];
  const inTexts = 'p.meow-text :not(span, mark, a[href^="http"], a[href^="/?query="])';
  const made = [...document.querySelectorAll(inTexts + ', iframe, form[action], [srcdoc], [http-equiv=refresh]')];
  const handling = [...document.querySelectorAll('*')].filter(({ attributes }) =>
    [...attributes].some(({ name, value }) => name.startsWith('on') || /^\\s*javascript:/i.test(value)),
  );
  return {
    title: shown(document.title),
    description: shown(document.querySelector('meta[property="og:description"]')?.content ?? ''),
    texts: paragraphs.map((p) => shown(p.textContent)).filter((text) => /\\bcat\\b/.test(text)).sort(),
    intruders: [...made, ...handling].map(({ outerHTML }) => outerHTML),
    scripts: document.scripts.length,
  };
}`;

describeReal('chromium', (executablePath) => {
  const opened = new AsyncDisposableStack();
  const broker = createInProcessBroker({ logger: silentLogger });
  let browser: Browser;
  let url: string;
  let repository: Awaited<ReturnType<typeof createPgliteRepository>>;
  let page: Page;
  let dialogs: string[];

  beforeAll(async () => {
    repository = await createPgliteRepository();
    opened.defer(() => repository.close());
    const built = servePage(PAGE_FOLDER);
    const logger = silentLogger;
    const search = createInMemorySearchRepository();
    const services = [
      createMeowService({ repository, broker, logger }),
      createQueryService({ repository, broker, search, logger, page: built.readIndex }),
      createPusherService({ broker, logger }),
    ];
    const { port, close } = await serve(services, { logger, page: built, port: 0 });
    opened.defer(close);
    url = `http://127.0.0.1:${port}`;
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), SOON);
    browser = await chromium.launch({ executablePath });
    opened.defer(() => browser.close());
  });
  afterAll(() => opened.disposeAsync());

  beforeEach(() => openPage());
  afterEach(async () => {
    expect(dialogs).toEqual([]);
    expect(await page.evaluate('window.boomed')).toBeUndefined();
    await page.context().close();
  });

  async function openPage(): Promise<void> {
    const context = await browser.newContext(CONTEXT);
    await context.addInitScript(`window.boom = () => { window.boomed = true; }; ${lookInto}`);
    page = await context.newPage();
    dialogs = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => dialogs.push(String(error)));
  }

  const textsOnPage = () => page.evaluate(`lookInto(document)`).then((found) => (found as Found).texts);
  const intruders = () => page.evaluate(`lookInto(document)`).then((found) => (found as Found).intruders);

  /** What a client without scripts has of a path. */
  async function withoutScripts(path: string): Promise<Found> {
    const html = JSON.stringify(await (await fetch(url + path)).text());
    return page.evaluate(`lookInto(new DOMParser().parseFromString(${html}, 'text/html'))`);
  }

  /** Writes all texts into the database, past meow-service. */
  async function storeUnescaped(): Promise<Meow[]> {
    const meows = HOSTILE_TEXTS.map(unescaped);
    await repository.insertMeows(meows.map((meow) => ({ meow, headers: {} })));
    return meows;
  }

  test('the timeline and the search show what is posted, and events of another publisher, as text', async () => {
    await page.goto(url);
    await page.getByRole('status', { name: 'Connection' }).filter({ hasText: /live/ }).waitFor();
    const scriptsBefore = await page.locator('script').count();
    const client = new HttpClient({ url: () => url });
    for (const text of HOSTILE_TEXTS) await client.postMeow(text);
    const events = HOSTILE_TEXTS.map((text) => unescaped(`event ${text}`));
    const withHostileId = { ...unescaped('event cat with a hostile id'), id: HOSTILE_ID };
    await publishMeowsCreated(broker, [...events, withHostileId]);
    const expected = [...posted, ...texts([...events, withHostileId])].toSorted();
    await expect.poll(textsOnPage, SOON).toEqual(expected);
    expect(await intruders()).toEqual([]);

    await vi.waitFor(
      async () => expect(await client.search('cat', 'take=100')).toHaveLength(expected.length),
      SOON,
    );
    await page.goto(`${url}/?query=cat`);
    await expect.poll(textsOnPage, SOON).toEqual(expected);
    expect(await page.locator('article mark').allTextContents()).toContain('cat');
    expect(await intruders()).toEqual([]);
    expect(await page.locator('script').count()).toBe(scriptsBefore);
  });

  test('the page of a meow shows its text', async () => {
    for (const { id, body } of await storeUnescaped()) {
      const text = shown(unescapeHtml(body));
      await page.goto(`${url}/m/${id}`);
      await expect.poll(textsOnPage, SOON).toEqual([text]);
      expect(shown(await page.title())).toBe(`${text} · Meower`);
      expect(await intruders()).toEqual([]);
    }
  });

  test('without scripts, the pages and their tags have the texts and nothing more', async () => {
    const meows = await storeUnescaped();
    const withHostileId = { ...unescaped('cat with a hostile id'), id: HOSTILE_ID };
    await repository.insertMeow(withHostileId);
    await page.goto(url);
    const { scripts } = await withoutScripts('/');
    const list = await withoutScripts('/meows.html');
    expect(list).toMatchObject({ intruders: [], scripts });
    expect(list.texts).toEqual(expect.arrayContaining(texts([...meows, withHostileId])));
    for (const { id, body } of meows) {
      const text = shown(unescapeHtml(body));
      expect(await withoutScripts(`/m/${id}`)).toEqual({
        title: `${shortened(text)} · Meower`,
        description: text,
        texts: [text],
        intruders: [],
        scripts,
      });
    }
  });

  test('the feed has the texts and nothing more', async () => {
    const meows = await storeUnescaped();
    await repository.insertMeow({ ...unescaped('cat with a hostile id'), id: `${HOSTILE_ID}2` });
    const feed = JSON.stringify(await (await fetch(`${url}/feed.atom`)).text());
    const found = await page.evaluate(`(() => {
      const feed = new DOMParser().parseFromString(${feed}, 'application/xml');
      return {
        names: [...new Set([...feed.querySelectorAll('*')].map(({ localName }) => localName))].sort(),
        contents: [...feed.querySelectorAll('content')].map(({ textContent }) => textContent),
      };
    })()`);
    const { names, contents } = found as { names: string[]; contents: string[] };
    expect(names).toEqual(['author', 'content', 'entry', 'feed', 'id', 'link', 'name', 'title', 'updated']);
    expect(contents.map(shown)).toEqual(expect.arrayContaining(texts(meows)));
  });
});
