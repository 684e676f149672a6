import { test as base, expect } from '@playwright/test';
import { AnotherCat } from './another-cat.ts';
import { MeowerPage } from './meower-page.ts';

interface Fixtures {
  meower: MeowerPage;
  another: AnotherCat;
  /** Console errors that a journey causes on purpose. */
  expectedErrors: RegExp | undefined;
}

/** A journey. It also fails if the page throws or logs an unexpected error. */
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
