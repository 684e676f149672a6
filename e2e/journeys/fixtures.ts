import { MeowerProcess } from '@meower/embedded/testing/meower-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { test as base, expect } from '@playwright/test';
import { AnotherCat } from './another-cat.ts';
import { MeowerPage } from './meower-page.ts';

interface Fixtures {
  meower: MeowerPage;
  another: AnotherCat;
  /** Console errors that a journey causes on purpose. */
  expectedErrors: RegExp | undefined;
}

interface WorkerFixtures {
  /** A deployed Meower that MEOWER_URL names, or else an embedded one for each worker. */
  meowerUrl: string;
}

/** A journey. It also fails if the page throws or logs an unexpected error. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  meowerUrl: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright requires the pattern.
    async ({}, use) => {
      if (process.env.MEOWER_URL) return use(process.env.MEOWER_URL);
      await using folder = await temporaryFolder();
      await using server = new MeowerProcess({ DATA_DIR: folder.path });
      await use(await server.url());
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: ({ meowerUrl }, use) => use(meowerUrl),
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
  another: async ({ meowerUrl }, use) => use(new AnotherCat(meowerUrl)),
});

export { expect } from '@playwright/test';
