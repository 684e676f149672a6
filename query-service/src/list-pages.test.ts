import type { Meow } from '@meower/shared/meow/meow.ts';
import { expect, test } from 'vitest';
import { createListPages } from './list-pages.ts';

const FIRST = { skip: 0, take: 100 };
const meow = (id: string): Meow => ({ id, body: 'meow', createdAt: '2026-11-21T02:43:32.000000Z' });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A table whose version is its length, and which counts how often it is read. */
function createTable() {
  const meows: Meow[] = [];
  const counts = { reads: 0, versions: 0 };
  const list = async () => {
    counts.reads++;
    const seen = meows.toReversed();
    // Inserted while the page is being read.
    if (counts.reads <= 5) meows.push(meow(`m${counts.reads}`));
    await turn();
    return seen;
  };
  return {
    meows,
    counts,
    repository: {
      async dataVersion() {
        counts.versions++;
        const seen = String(meows.length);
        await turn();
        return seen;
      },
      listMeows: list,
      listMeowsBefore: list,
    },
  };
}

/** Requests a page so often that each request arrives while the previous one is being answered. */
async function requestOverlapping(list: () => Promise<{ bytes: Buffer }>, times: number): Promise<Buffer[]> {
  const responses: Promise<{ bytes: Buffer }>[] = [];
  for (let i = 0; i < times; i++) {
    responses.push(list());
    await turn();
    if (i > 0) await responses[i - 1];
  }
  return (await Promise.all(responses)).map(({ bytes }) => bytes);
}

test('a single request costs one query', async () => {
  const { repository, counts } = createTable();
  await createListPages(repository)(FIRST);
  expect(counts).toEqual({ reads: 1, versions: 0 });
});

test('overlapping requests read the page again only after an insert', async () => {
  const { repository, counts } = createTable();
  const list = createListPages(repository);
  await requestOverlapping(() => list(FIRST), 20);
  // The first without a version, five that find a change, one to see the last.
  expect(counts.reads).toBeLessThanOrEqual(7);
});

test('what was inserted before a request is in its response', async () => {
  const { repository, meows } = createTable();
  const list = createListPages(repository);
  const inserted: number[] = [];
  const responses = await requestOverlapping(() => {
    inserted.push(meows.length);
    return list(FIRST);
  }, 20);
  const seen = responses.map((bytes) => (JSON.parse(String(bytes)) as unknown[]).length);
  for (const [i, length] of inserted.entries()) expect(seen[i]).toBeGreaterThanOrEqual(length);
});
