import { test as base, expect } from '@playwright/test';
import { AnotherCat } from './another-cat.ts';
import { MeowerPage } from './meower-page.ts';

interface Fixtures {
  meower: MeowerPage;
  another: AnotherCat;
  /** Errors that a journey brings about on purpose, as the browser's console words them. */
  expectedErrors: RegExp | undefined;
}

/** A journey. It fails as well when the page throws, or writes an unexpected error to the console. */
export const test = base.extend<Fixtures>({
  expectedErrors: [undefined, { option: true }],
  page: async ({ page, expectedErrors }, use) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      const isExpected = expectedErrors?.test(message.text());
      if (message.type() === 'error' && !isExpected) errors.push(message.text());
    });
    await use(page);
    expect(errors).toEqual([]);
  },
  meower: async ({ page }, use) => use(new MeowerPage(page)),
  another: async ({ request }, use) => use(new AnotherCat(request)),
});

export { expect } from '@playwright/test';
