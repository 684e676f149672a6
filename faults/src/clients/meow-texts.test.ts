import { isValidBody } from '@meower/shared/meow/meow-body.ts';
import { expect, test } from 'vitest';
import { createRandom } from '../seeded-random.ts';
import { nextText, uniqueWordOf } from './meow-texts.ts';

test('every text is a valid meow and has a unique word', () => {
  const random = createRandom(1);
  const texts = Array.from({ length: 10_000 }, () => nextText(random));
  expect(texts.every(isValidBody)).toBe(true);
  expect(new Set(texts.map(uniqueWordOf)).size).toBe(texts.length);
});

test('some texts contain characters that are escaped', () => {
  const random = createRandom(1);
  expect(Array.from({ length: 100 }, () => nextText(random)).some((text) => /[&<>'"]/.test(text))).toBe(true);
});
