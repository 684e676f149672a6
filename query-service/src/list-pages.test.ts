import type { Meow } from '@meower/shared/schema/meow.ts';
import { expect, test } from 'vitest';
import { createListPages } from './list-pages.ts';

const FIRST = { skip: 0, take: 100 };
const meow = (id: string): Meow => ({ id, body: 'meow', createdAt: '2026-11-21T02:43:32.000000Z' });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A table whose version is its length, and which counts how often it is read. */
function table() {
  const meows: Meow[] = [];
  const counts = { reads: 0, versions: 0 };
  const list = async () => {
    counts.reads++;
    const seen = meows.toReversed();
    // Written while the page is on its way.
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

/** Asks so that each question comes while the one before is being answered. */
async function askInARow(ask: () => Promise<{ bytes: Buffer }>, times: number): Promise<Buffer[]> {
  const answers: Promise<{ bytes: Buffer }>[] = [];
  for (let i = 0; i < times; i++) {
    answers.push(ask());
    await turn();
    if (i > 0) await answers[i - 1];
  }
  return (await Promise.all(answers)).map(({ bytes }) => bytes);
}

test('a lone request costs one query', async () => {
  const { repository, counts } = table();
  await createListPages(repository)(FIRST);
  expect(counts).toEqual({ reads: 1, versions: 0 });
});

test('while nothing is written, the page is not read again and again', async () => {
  const { repository, counts } = table();
  const list = createListPages(repository);
  await askInARow(() => list(FIRST), 20);
  // The first without a version, five that find a change, one to see the last.
  expect(counts.reads).toBeLessThanOrEqual(7);
});

test('what was written before a question is in its answer', async () => {
  const { repository, meows } = table();
  const list = createListPages(repository);
  const written: number[] = [];
  const answers = await askInARow(() => {
    written.push(meows.length);
    return list(FIRST);
  }, 20);
  const seen = answers.map((bytes) => (JSON.parse(String(bytes)) as unknown[]).length);
  for (const [i, length] of written.entries()) expect(seen[i]).toBeGreaterThanOrEqual(length);
});
