import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WordTree } from '../in-memory/word-tree.ts';
import { distance, likeness, swapped, typingErrors } from './spelling.ts';

test.each([
  ['', 0],
  ['ab', 0],
  ['abc', 1],
  ['abcde', 1],
  ['abcdef', 2],
  ['a'.repeat(40), 2],
  ['a'.repeat(41), 0],
  ['кот', 1],
  ['𐐷𐐲', 0],
  ['猫', 0],
  ['👩‍👩‍👧‍👦', 0],
])('%s: typing errors forgiven are %i', (word, errors) => {
  expect(typingErrors(word)).toBe(errors);
});

test.each([
  ['same', 'same', 0],
  ['house', 'horse', 1],
  ['house', 'houses', 1],
  ['house', 'hose', 1],
  ['house', 'huose', 1],
  ['unicorn', 'uincron', 2],
  ['кошка', 'кошак', 1],
  ['', 'abc', 3],
  ['ca', 'abc', 3],
])('from %s to %s it is %i', (one, other, expected) => {
  expect(distance(one, other)).toBe(expected);
  expect(distance(other, one)).toBe(expected);
});

test('swapping leaves the first letter in its place', () => {
  expect(swapped('abcd')).toEqual(['acbd', 'abdc']);
  expect(swapped('abb')).toEqual([]);
  expect(swapped('ab')).toEqual([]);
});

test('an error in a short word makes it less alike than one in a long word', () => {
  expect(likeness('house', 'house', 0)).toBe(1);
  expect(likeness('cat', 'cap', 1)).toBeLessThan(likeness('house', 'horse', 1));
});

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 8 });

test('the tree finds exactly the words that are near enough, the nearest first', () => {
  fc.assert(
    fc.property(fc.uniqueArray(word, { maxLength: 40 }), word, (vocabulary, query) => {
      const tree = new WordTree<string>();
      for (const known of vocabulary) tree.fetch(known, () => known);
      const near = vocabulary.filter(
        (known) => known[0] === query[0] && distance(query, known) <= typingErrors(query),
      );
      const found = tree.spellings(query);
      expect(found.map((spelling) => spelling.word).sort()).toEqual(near.sort());
      expect(found.every(({ word, value }) => word === value)).toBe(true);
      const likenesses = found.map((spelling) => spelling.likeness);
      expect(likenesses).toEqual([...likenesses].sort((a, b) => b - a));
    }),
    { numRuns: 300 },
  );
});
