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
const queries = fc.record({
  words: fc.array(singleWord, { minLength: 20, maxLength: 20 }),
  texts: fc.array(text, { minLength: 20, maxLength: 20 }),
});

describeReal('elasticsearch', (address) => {
  const index = createTestIndex(address);
  afterAll(() => index.remove());
  const newMeowId = createIdGenerator();

  test('both engines find the same meows, and for a word in the same order', async () => {
    await index.repository.prepare();
    await fc.assert(
      fc.asyncProperty(corpus, queries, async (bodies, { words, texts }) => {
        const meows = bodies.map((body) => ({ ...newMeowId(), body }));
        const inMemory = createInMemorySearchRepository();
        const rebuild = await index.repository.rebuild();
        await Promise.all([inMemory.insertMeows(meows), rebuild.insertMeows(meows)]);
        await rebuild.swap();
        const search = async (repository: typeof inMemory, query: string) =>
          (await repository.searchMeows(query, 0, 100)).map(({ body }) => body);
        for (const query of words)
          expect(await search(inMemory, query), query).toEqual(await search(index.repository, query));
        // What the page highlights is what was found.
        for (const query of [...words, ...texts])
          expect((await search(inMemory, query)).sort(), query).toEqual(
            bodies.filter(createMatcher(query).matches).sort(),
          );
        // Lucene scores differently where two words of a query match the same word.
        for (const query of texts)
          expect((await search(inMemory, query)).sort(), query).toEqual(
            (await search(index.repository, query)).sort(),
          );
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});
