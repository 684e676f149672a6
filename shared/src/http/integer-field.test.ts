import { expect, test } from 'vitest';
import { z } from 'zod';
import { integerField } from './integer-field.ts';
import { parseFields } from './json-body.ts';

const required = z.object({ n: integerField({ max: 9 }) });
const optional = z.object({ n: integerField({ min: 0, absent: 5 }) });
const SENTENCE = 'n must be a whole number from 1 to 9';

test('a number, or a text of digits', () => {
  for (const n of [3, '3', '03']) expect(parseFields(required, { n })).toEqual({ n: 3 });
});

test.each([
  [undefined, 'n is required'],
  ['', 'n is required'],
  ['x', SENTENCE],
  ['1.5', SENTENCE],
  [1.5, SENTENCE],
  [0, SENTENCE],
  ['10', SENTENCE],
  [['3'], SENTENCE],
  [{}, SENTENCE],
  [null, SENTENCE],
])('%j: %s', (n, sentence) => {
  expect(() => parseFields(required, { n })).toThrow(sentence);
});

test('an absent or empty field has its default', () => {
  expect(parseFields(optional, {})).toEqual({ n: 5 });
  expect(parseFields(optional, { n: '' })).toEqual({ n: 5 });
  expect(parseFields(optional, { n: '0' })).toEqual({ n: 0 });
});
