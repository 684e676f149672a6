import { expect, type Locator, type Page } from '@playwright/test';

/** The page by roles and names, as a reader finds it. Other files do not know these. */
export class MeowerPage {
  readonly page: Page;
  readonly textArea: Locator;
  readonly submit: Locator;
  readonly timeline: Locator;
  readonly searchBox: Locator;
  readonly results: Locator;
  readonly connection: Locator;
  /** "3 new meows", while scrolled down. */
  readonly pill: Locator;

  constructor(page: Page) {
    this.page = page;
    this.textArea = page.getByRole('textbox', { name: 'Your meow' });
    this.submit = page.getByRole('button', { name: 'Meow', exact: true });
    this.timeline = page.getByRole('region', { name: 'Timeline' });
    this.searchBox = page.getByRole('searchbox', { name: 'Search meows' });
    this.results = page.getByRole('region', { name: /^Results for/ });
    this.connection = page.getByRole('status', { name: 'Connection' });
    this.pill = page.getByRole('button', { name: /\d new meows?$|Jump to the newest meows/ });
  }

  async open(path = '/'): Promise<void> {
    await this.page.goto(path);
    await this.isLive();
  }

  async isLive(): Promise<void> {
    // The visible status may count seconds; this one is for screen readers.
    await expect(this.connection).toHaveText(/live/);
  }

  async post(text: string): Promise<void> {
    await this.textArea.fill(text);
    await this.submit.click();
  }

  /** Scrolls and waits until the page has handled it. */
  async scrollTo(top: number): Promise<void> {
    await this.page.evaluate(async (y) => {
      scrollTo({ top: y, behavior: 'instant' });
      const frame = () => new Promise(requestAnimationFrame);
      // The event comes with the next frame, its rendering with the one after.
      await frame();
      await frame();
    }, top);
  }

  /** The meows with this text, in the timeline or in search results. */
  meow(text: string | RegExp): Locator {
    return this.page.getByRole('article').filter({ has: this.page.getByText(text) });
  }

  /** The texts of matching meows, from the top. */
  async texts(matching: RegExp): Promise<string[]> {
    const texts = await this.page.getByRole('article').getByRole('paragraph').allInnerTexts();
    return texts.filter((text) => matching.test(text));
  }

  /** A meow that is not confirmed: sending, waiting or failed. */
  pending(text: string): Locator {
    return this.meow(text).filter({ has: this.page.getByRole('status') });
  }
}
