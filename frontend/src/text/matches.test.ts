import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesQuery, matchStretches, queryWords } from './matches.ts';

const marked = (text: string, query: string) =>
  matchStretches(text, queryWords(query)).flatMap((stretch) => (stretch.matched ? [stretch.text] : []));

test.each([
  ['A Cat and a cat', 'cat', ['Cat', 'cat']],
  ['Café in Zürich', 'cafe ZURICH', ['Café', 'Zürich']],
  ['keyboard', 'keybaord', ['keyboard']],
  ['Schrödinger', 'shrodinger', ['Schrödinger']],
  ['a bat and a rat', 'cat', []],
  ['is it in', 'on', []],
  ['кот и кіт', 'кот', ['кот', 'кіт']],
  ['Tom & Jerry', 'amp', []],
])('In "%s", a search for "%s" marks %j', (text, query, expected) => {
  expect(marked(text, query)).toEqual(expected);
});

test('A meow matches when any word of the query does', () => {
  expect(matchesQuery('the cat sleeps', 'dog cat')).toBe(true);
  expect(matchesQuery('the cat sleeps', 'dog bird')).toBe(false);
  expect(matchesQuery('the cat sleeps', '!?')).toBe(false);
});

test('Marking leaves the text the same to the letter', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, query) => {
      const stretches = matchStretches(text, queryWords(query));
      expect(stretches.map((stretch) => stretch.text).join('')).toBe(text);
    }),
  );
});
