import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, test, vi } from 'vitest';
import { MeowerProcess } from './testing/meower-process.ts';

// Each start creates a database, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const SOON = { timeout: 60_000, interval: 50 };

test('kill -9 loses no meow whose post was answered, and search finds all of them', async () => {
  await using folder = await temporaryFolder();
  const answered: string[] = [];
  {
    await using first = new MeowerProcess({ DATA_DIR: folder.path });
    const url = await first.url();
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const posters = Array.from({ length: 16 }, async () => {
      for (;;) {
        const id = await post(url, 'survivor');
        if (id === undefined) return;
        if (answered.push(id) === 300) resolve();
      }
    });
    await enough;
    first.kill('SIGKILL');
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
    await Promise.all(posters);
  }
  await using second = new MeowerProcess({ DATA_DIR: folder.path });
  const url = await second.url();
  expect(await ids(`${url}/meows?take=1000`)).toEqual(expect.arrayContaining(answered));
  await vi.waitFor(
    async () =>
      expect(await ids(`${url}/search?query=survivor&take=1000`)).toEqual(expect.arrayContaining(answered)),
    SOON,
  );
});

test('everything else works while the index is being rebuilt', async () => {
  await using folder = await temporaryFolder();
  await fill(folder.path, 40_000);
  await using meower = new MeowerProcess({ DATA_DIR: folder.path });
  const url = await meower.url();
  await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), SOON);
  const early = await fetch(`${url}/search?query=oldest`);
  expect(early.status).toBe(200);
  expect(early.headers.get('x-degraded')).toBe('search');
  expect(await post(url, 'newest')).toBeDefined();
  expect(await ids(`${url}/meows?take=1000`)).toHaveLength(1000);

  await vi.waitFor(
    async () => expect((await fetch(`${url}/search?query=oldest`)).headers.get('x-degraded')).toBeNull(),
    SOON,
  );
  expect(await ids(`${url}/search?query=oldest`)).toHaveLength(1);
  expect(await ids(`${url}/search?query=newest`)).toHaveLength(1);
});

/** The id, or `undefined` when the server has ended. */
async function post(url: string, body: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/meows`, { method: 'POST', body: new URLSearchParams({ body }) });
    expect(response.status).toBe(200);
    return ((await response.json()) as { id: string }).id;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function ids(url: string): Promise<string[]> {
  return ((await (await fetch(url)).json()) as { id: string }[]).map(({ id }) => id);
}

async function fill(folder: string, count: number): Promise<void> {
  const repository = await createPgliteRepository(`${folder}/postgres`);
  await repository.migrate();
  const next = createIdGenerator();
  for (let i = 0; i < count; i += 5000) {
    const batch = Array.from({ length: 5000 }, (_, j) => ({
      meow: { ...next(), body: i + j === 0 ? 'the oldest' : `meow number ${i + j}` },
      headers: {},
    }));
    const inserted = await repository.insertMeows(batch);
    await repository.outbox.deletePublished(inserted.flatMap(({ event }) => event ?? []));
  }
  await repository.close();
}
