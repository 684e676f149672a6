import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml } from '../../meow/meow-body.ts';
import { matchCases } from '../contract/match-cases.ts';
import { createInMemorySearchRepository } from '../in-memory.ts';
import { createMatcher } from './matcher.ts';

function highlighted(text: string, query: string): string[] {
  return createMatcher(query)
    .ranges(text)
    .map(({ start, end }) => text.slice(start, end));
}

test.each(matchCases)('In "%s", a search for "%s" highlights %j', (text, query, expected) => {
  expect(highlighted(text, query)).toEqual(expected);
  expect(createMatcher(query).matches(text)).toBe(expected.length > 0);
});

const piece = fc.constantFrom(
  ...[
    'a',
    'b',
    'cat',
    'food',
    'é',
    'e\u0301',
    'ß',
    's',
    'æ',
    'ﬁ',
    'к',
    'о',
    'т',
    'σ',
    'ς',
    'ש',
    'ש\u05c1',
    'ि',
    'बि',
    'น้ำ',
  ],
  ...[
    '猫',
    '咪',
    'ね',
    'ネ',
    'コ',
    'ー',
    'ﾈ',
    'ｶ',
    'ﾞ',
    '가',
    '고양이',
    '\u1100',
    '\u1161',
    '\u11a8',
    'ㄱ',
    'ㅏ',
    '㈎',
  ],
  ...['🐱', '❤️', '🏳️‍🌈', '🌈', '👍', '🏽', '\u200d', '🇫🇷', '1', '㎢', '½'],
  ...[' ', ' ', ' ', '_', "'", '.', '&', '\ud83d', '\0'],
);
const text = fc.oneof(
  fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
);

test('A search engine finds exactly the texts in which something is highlighted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 20, maxLength: 20 }), async (texts) => {
      const repository = createInMemorySearchRepository();
      const meows = texts.map((typed, i) => ({
        id: String.fromCodePoint(97 + i),
        body: escapeHtml(typed),
        createdAt: '2026-11-21T03:00:00.000000Z',
      }));
      await repository.insertMeows(meows);
      for (const query of texts) {
        const found = await repository.searchMeows(query, 0, 100);
        const matching = meows.filter((_, i) => highlighted(texts[i] as string, query).length > 0);
        expect(found.map(({ id }) => id).sort(), query).toEqual(matching.map(({ id }) => id));
      }
    }),
  );
});
