import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createIdGenerator } from '../meow/meow-id.ts';
import { describeReal } from '../testing/describe-real.ts';
import { createTestIndex } from '../testing/elasticsearch.ts';
import { createMatcher } from './analysis/matcher.ts';
import { queryWords } from './analysis/words.ts';
import { createInMemorySearchRepository } from './in-memory.ts';

// Few letters, because words are then often similar, and some letters that are the same after folding.
const word = fc.string({
  unit: fc.constantFrom('a', 'b', 'é', 'e', 'ß', 's', 'æ', '猫', 'ね', '🐱'),
  minLength: 1,
  maxLength: 7,
});
const text = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '));
const corpus = fc.array(text, { minLength: 60, maxLength: 60 });
// An ideograph is a word of its own: letters next to it are further words.
const singleWord = word.filter((typed) => queryWords(typed).length === 1);
const oneOrTwo = fc.array(singleWord, { minLength: 1, maxLength: 2 }).map((words) => words.join(' '));
const queries = fc.record({
  short: fc.array(oneOrTwo, { minLength: 20, maxLength: 20 }),
  texts: fc.array(text, { minLength: 20, maxLength: 20 }),
});

// Thousands of searches, one after another.
const SLOW = { timeout: 60_000 };

describeReal('elasticsearch', (address) => {
  const index = createTestIndex(address);
  afterAll(() => index.remove());
  const newMeowId = createIdGenerator();

  test('both engines find the same meows, and for one or two words in the same order', SLOW, async () => {
    await index.repository.prepare();
    await fc.assert(
      fc.asyncProperty(corpus, queries, async (bodies, { short, texts }) => {
        const meows = bodies.map((body) => ({ ...newMeowId(), body }));
        const inMemory = createInMemorySearchRepository();
        const rebuild = await index.repository.rebuild();
        await Promise.all([inMemory.insertMeows(meows), rebuild.insertMeows(meows)]);
        await rebuild.swap();
        const search = async (repository: typeof inMemory, query: string, take = 100) =>
          (await repository.searchMeows(query, 0, take)).map(({ body }) => body);
        for (const query of [...short, ...texts]) {
          const found = await search(inMemory, query);
          // What the page highlights is what was found.
          expect(found.toSorted(), query).toEqual(bodies.filter(createMatcher(query).matches).sort());
          // The sums of many scores are rounded differently.
          const sameOrder = short.includes(query);
          const indexed = await search(index.repository, query);
          if (!sameOrder) expect(indexed.sort(), query).toEqual(found.sort());
          else {
            expect(indexed, query).toEqual(found);
            // A short page is read in other steps.
            expect(await search(index.repository, query, 3), query).toEqual(found.slice(0, 3));
          }
        }
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});
