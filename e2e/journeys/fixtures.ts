import { MeowerProcess } from '@meower/embedded/testing/meower-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { test as base, expect } from '@playwright/test';
import { AnotherCat } from './another-cat.ts';
import { MeowerPage } from './meower-page.ts';
import { Operator } from './operator.ts';

interface Fixtures {
  meower: MeowerPage;
  another: AnotherCat;
  /** Skips the journey if a deployed Meower has none that ADMIN_URL and ADMIN_TOKEN name. */
  operator: Operator;
  /** Console errors that a journey causes on purpose. */
  expectedErrors: RegExp | undefined;
}

interface WorkerFixtures {
  /** A deployed Meower that MEOWER_URL names, or else an embedded one for each worker. */
  served: { url: string; operator: Operator | undefined };
}

/** A journey. It also fails if the page throws or logs an unexpected error. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  served: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright requires the pattern.
    async ({}, use) => {
      const { MEOWER_URL, ADMIN_URL, ADMIN_TOKEN = 'the token of operators' } = process.env;
      if (MEOWER_URL)
        return use({
          url: MEOWER_URL,
          operator: ADMIN_URL ? new Operator({ ADMIN_URL, ADMIN_TOKEN }) : undefined,
        });
      await using folder = await temporaryFolder();
      await using server = new MeowerProcess({ DATA_DIR: folder.path, ADMIN_PORT: '0', ADMIN_TOKEN });
      const url = await server.url();
      await use({ url, operator: new Operator({ ADMIN_URL: await server.adminUrl(), ADMIN_TOKEN }) });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: ({ served }, use) => use(served.url),
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
  another: async ({ served }, use) => use(new AnotherCat(served.url)),
  operator: async ({ served: { operator } }, use, info) => {
    if (operator) await use(operator);
    else info.skip(true, 'ADMIN_URL and ADMIN_TOKEN of the deployed Meower are not set');
  },
});

export { expect } from '@playwright/test';
