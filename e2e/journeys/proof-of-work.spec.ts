import { MeowerProcess } from '@meower/embedded/testing/meower-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { unique } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';
import { MeowerPage } from './meower-page.ts';

test.use({
  expectedErrors: /status of 429|Cross-Origin-Opener-Policy/,
  launchOptions: [
    ({ launchOptions }, use) =>
      use({ ...launchOptions, args: ['--host-resolver-rules=MAP meower.test 127.0.0.1'] }),
    { scope: 'worker' },
  ],
});

// On a server of its own, because its limit is low.
test('a post over the limit takes a moment longer, and the page shows why', async ({ page }) => {
  await using folder = await temporaryFolder();
  const environment = { LIMIT_POSTS: '1', PROOF_OF_WORK_DIFFICULTY: '400' };
  await using server = new MeowerProcess({ DATA_DIR: folder.path, ...environment });
  const meower = new MeowerPage(page);
  const url = await server.url();
  await meower.open(url);
  const [first, second, third] = [unique('first'), unique('second'), unique('third')];
  await meower.post(first);
  await expect(meower.pending(first)).toHaveCount(0);

  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await page.route('**/challenge?*', async (route) => {
    await held;
    await route.continue();
  });
  await meower.post(second);
  await expect(meower.pending(second)).toContainText('Your browser first solves a small puzzle');
  release();
  await expect(meower.pending(second)).toHaveCount(0);
  await expect(meower.meow(second)).toHaveCount(1);

  // On http, except on this machine, browsers offer no cryptography.
  await meower.open(url.replace('127.0.0.1', 'meower.test'));
  expect(await page.evaluate(() => 'subtle' in crypto)).toBe(false);
  await expect(meower.meow(second)).toHaveCount(1);
  await meower.post(third);
  await expect(meower.pending(third)).toHaveCount(0);
  await expect(meower.meow(third)).toHaveCount(1);
});
