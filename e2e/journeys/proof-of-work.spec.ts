import { MeowerProcess } from '@meower/embedded/testing/meower-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { unique } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';
import { MeowerPage } from './meower-page.ts';

test.use({ expectedErrors: /status of 429/ });

// On a server of its own, because its limit is low.
test('a post over the limit takes a moment longer, of which the page tells the reason', async ({ page }) => {
  await using folder = await temporaryFolder();
  await using server = new MeowerProcess({ DATA_DIR: folder.path, LIMIT_POSTS: '1' });
  const meower = new MeowerPage(page);
  await meower.open(await server.url());
  const [first, second] = [unique('first'), unique('second')];
  await meower.post(first);
  await expect(meower.pending(first)).toHaveCount(0);

  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await page.route('**/challenge?*', async (route) => {
    await held;
    await route.continue();
  });
  await meower.post(second);
  await expect(meower.pending(second)).toContainText('Your browser first solves a small puzzle');
  const started = performance.now();
  release();
  await expect(meower.pending(second)).toHaveCount(0);
  console.log(`the proof of work took ${Math.round(performance.now() - started)} ms`);
  await expect(meower.meow(second)).toHaveCount(1);
  await page.reload();
  await meower.isLive();
  await expect(meower.meow(second)).toHaveCount(1);
});
