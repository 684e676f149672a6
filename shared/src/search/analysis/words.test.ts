import fc from 'fast-check';
import { expect, test } from 'vitest';
import { locateWords, words } from './words.ts';

const unit = fc.oneof(
  fc.constantFrom(
    '\u1100',
    '\u1161',
    '\u11a8',
    'ㄱ',
    'ㅏ',
    'ㄳ',
    '가',
    '㈎',
    '\u302e',
    'ｶ',
    'ﾞ',
    'ﾟ',
    '\u20d0',
    '\u0301',
  ),
  fc.constantFrom(
    'e',
    'σ',
    'Σ',
    ' ',
    'ะ',
    'ำ',
    'ে',
    'া',
    '\u{16d63}',
    '\u{16d67}',
    '\u{16d68}',
    'İ',
    '½',
    '\ufdfa',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);

test('words have their places in the text before it was folded and normalised', () => {
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
      const text = units.join('');
      const located = locateWords(text);
      expect(located.map(({ word }) => word)).toEqual(words(text));
      for (const { word, start, end } of located) expect(words(text.slice(start, end)), text).toContain(word);
    }),
    { numRuns: 3_000 },
  );
});

test('places are in order and no word is empty', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      let before = { start: 0, end: 0 };
      for (const { start, end } of locateWords(text)) {
        expect(start).toBeGreaterThanOrEqual(before.start);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeGreaterThanOrEqual(before.end);
        before = { start, end };
      }
      expect(before.end).toBeLessThanOrEqual(text.length);
    }),
  );
});
