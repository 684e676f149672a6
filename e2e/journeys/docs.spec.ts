import { readFile } from 'node:fs/promises';
import { expectAccessible } from './axe.ts';
import { expect, test } from './fixtures.ts';

test('/docs shows the interface, without a script of its own', async ({ page }) => {
  const scripts: string[] = [];
  page.on('request', (request) => {
    if (request.resourceType() === 'script') scripts.push(new URL(request.url()).pathname);
  });
  await page.goto('/docs');
  await page.getByRole('link', { name: 'POST /meows', exact: true }).click();
  await expect(page.locator('#postMeows')).toBeInViewport();
  await page.locator('#postMeows').getByText('Answers:').click();
  await expect(page.getByText('Invalid body').first()).toBeVisible();
  await expect(page.getByText('meowCreatedFrame')).toBeVisible();
  await expectAccessible(page);
  expect(scripts).toEqual(['/theme.js']);
  const [scrollWidth, clientWidth] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth] as const;
  });
  expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
});

for (const name of ['openapi.json', 'asyncapi.json']) {
  test(`/docs/${name} is the document that is tested`, async ({ page }) => {
    const answer = await page.request.get(`/docs/${name}`);
    expect(answer.headers()['content-type']).toMatch(/^application\/json/);
    const committed = await readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
    expect(await answer.text()).toBe(committed);
  });
}
