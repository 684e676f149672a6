import { MeowerProcess } from '@meower/embedded/testing/meower-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { unique, uniqueWord } from '../unique-word.ts';
import { expect, test } from './fixtures.ts';
import { MeowerPage } from './meower-page.ts';

test.use({ expectedErrors: /ERR_(CONNECTION|EMPTY)/ });

// On a server of its own, because it is killed.
test('a killed server comes back: no meow is missing or duplicated, and no reload is needed', async ({
  page,
  playwright,
}) => {
  test.slow();
  const mark = uniqueWord();
  await using folder = await temporaryFolder();
  const environment = { DATA_DIR: folder.path, PORT: '0' };
  let url: string;
  const meower = new MeowerPage(page);
  const post = async (body: string) => {
    const request = await playwright.request.newContext({ baseURL: url });
    expect((await request.post('/meows', { form: { body } })).status()).toBe(200);
    await request.dispose();
  };
  {
    await using first = new MeowerProcess(environment);
    url = await first.url();
    await meower.open(url);
    await post(`one ${mark}`);
    await expect(meower.meow(`one ${mark}`)).toBeVisible();
    first.kill('SIGKILL');
    await first.ended;
  }
  await expect(meower.connection).toHaveText(/reconnecting/);
  const written = unique('written meanwhile');
  await meower.post(`${written} ${mark}`);
  await expect(meower.pending(written)).toContainText('Waiting for a connection');

  await using second = new MeowerProcess({ ...environment, PORT: new URL(url).port });
  await second.url();
  await post(`two ${mark}`);
  await meower.isLive();
  await expect(meower.pending(written)).toHaveCount(0);
  await expect(meower.meow(`two ${mark}`)).toBeVisible();
  await post(`three ${mark}`);
  await expect(meower.meow(`three ${mark}`)).toBeVisible();

  const listed: { body: string }[] = await (await page.request.get(`${url}/meows`)).json();
  expect(listed).toHaveLength(4);
  expect(await meower.texts(new RegExp(mark))).toEqual(listed.map(({ body }) => body));
});
