import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkSegments } from './links.ts';

const links = (text: string) => linkSegments(text).flatMap(({ text: shown, href }) => (href ? [shown] : []));

test.each([
  ['see https://cats.example/a?b=1&c=2#d now', ['https://cats.example/a?b=1&c=2#d']],
  ['end. http://cats.example.', ['http://cats.example']],
  ['(https://cats.example/x)', ['https://cats.example/x']],
  ['https://en.example/wiki/Cat_(animal)', ['https://en.example/wiki/Cat_(animal)']],
  ['<https://cats.example>, "https://dogs.example"!', ['https://cats.example', 'https://dogs.example']],
  ['HTTPS://CATS.example/', ['HTTPS://CATS.example/']],
  ['https://кот.рф/мяу', ['https://кот.рф/мяу']],
  ['javascript:alert(1) data:text/html,x ftp://x www.cats.example https://', []],
])('finds in "%s" the links %j', (text, expected) => {
  expect(links(text)).toEqual(expected);
});

test.each([
  ['#cats are #1, #2fast and #Katzen_über', ['#cats', '#2fast', '#Katzen_über']],
  ['#ねこ (#naps)', ['#ねこ', '#naps']],
  ['a#b &#39; https://cats.example/#nap ##x', []],
])('finds in "%s" the hashtags %j', (text, expected) => {
  expect(linkSegments(text).flatMap(({ query }) => query ?? [])).toEqual(expected);
});

test('links only web addresses and hashtags, and changes no character of the text', () => {
  const parts = fc.constantFrom(
    'https://',
    'http://',
    'javascript:',
    'a.b',
    ' ',
    '(',
    ')',
    '.',
    '<',
    '"',
    '\n',
    '😺',
    '/',
    '#',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(parts, fc.string({ unit: 'grapheme' })), { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const segments = linkSegments(text);
      expect(segments.map((segment) => segment.text).join('')).toBe(text);
      for (const { href } of segments) if (href !== undefined) expect(href).toMatch(/^https?:\/\/./);
    }),
  );
});
