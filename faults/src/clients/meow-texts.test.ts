import { isValidBody } from '@meower/shared/schema/meow-body.ts';
import { expect, test } from 'vitest';
import { createRandom } from '../seeded-random.ts';
import { nextText, wordOf } from './meow-texts.ts';

test('texts can be posted, and each has a word of its own', () => {
  const random = createRandom(1);
  const texts = Array.from({ length: 10_000 }, () => nextText(random));
  expect(texts.every(isValidBody)).toBe(true);
  expect(new Set(texts.map(wordOf)).size).toBe(texts.length);
});

test('some of them have to be escaped', () => {
  const random = createRandom(1);
  expect(Array.from({ length: 100 }, () => nextText(random)).some((text) => /[&<>'"]/.test(text))).toBe(true);
});
