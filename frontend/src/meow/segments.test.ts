import { createMatcher } from '@meower/shared/search/analysis/matcher.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textSegments } from './segments.ts';

const segmentsOf = (text: string, query: string) => textSegments(text, createMatcher(query).ranges(text));

test('cuts highlights where a link starts and ends', () => {
  const [before, link, after] = segmentsOf('a cathttps://cats.example/cat, cat', 'cats cathttps');
  expect(before).toMatchObject({
    href: undefined,
    parts: [
      { text: 'a ', highlighted: false },
      { text: 'cat', highlighted: true },
    ],
  });
  expect(link?.parts).toEqual([
    { text: 'https', highlighted: true },
    { text: '://', highlighted: false },
    { text: 'cats', highlighted: true },
    { text: '.example/', highlighted: false },
    { text: 'cat', highlighted: true },
  ]);
  expect(after?.parts.map(({ text }) => text)).toEqual([', ', 'cat']);
});

test('cuts a text into parts that make up exactly the text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc
      .array(fc.constantFrom('cat', '猫', '🏳️‍🌈', ' ', 'https://cats.example/', 'é'))
      .map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, text, (typed, query) => {
      const parts = segmentsOf(typed, query).flatMap((segment) => segment.parts);
      expect(parts.map((part) => part.text).join('')).toBe(typed);
      expect(parts.every((part) => part.text !== '')).toBe(true);
    }),
  );
});
