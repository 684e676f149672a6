import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeHtml, isValidBody, unescapeHtml, wellFormed, withoutControls } from './meow-body.ts';

describe('a body is valid', () => {
  test.each([
    ['one character', 'm', true],
    ['140 letters', 'm'.repeat(140), true],
    ['140 emoji, counted as code points', '🐱'.repeat(140), true],
    ['141 letters', 'm'.repeat(141), false],
    ['141 emoji', '🐱'.repeat(141), false],
    ['140 characters that grow when escaped', '&'.repeat(140), true],
    ['nothing', '', false],
    ['white space only', ' \t\n\u3000', false],
    ['white space around a word', ' meow ', true],
    ['zero-width characters only', '\u200b\u200d\u2060\ufeff', false],
    ['Hangul fillers and empty Braille patterns only', '\u3164\u115f\uffa0\u2800', false],
    ['variation selectors and tags only', '\ufe0f\u{e0041}', false],
    ['control characters and direction marks only', '\u0007\u202e\u200f', false],
  ])('%s', (_, body, valid) => {
    expect(isValidBody(body)).toBe(valid);
  });
});

test('NUL and lone surrogates become the replacement character, pairs stay', () => {
  expect(wellFormed('a\0b\ud800c\udc00d🐱')).toBe('a\uFFFDb\uFFFDc\uFFFDd🐱');
});

test.each([
  ['bell\u0007, escape\u001b[31m, C1\u009b', 'bell, escape[31m, C1'],
  ['over\u202eride\u202c, iso\u2066late\u2069', 'override, isolate'],
  ['a tab\tand\r\nlines', 'a tab\tand\r\nlines'],
  ['a mark \u200f, a joiner 👩\u200d👧', 'a mark \u200f, a joiner 👩\u200d👧'],
  [`Z${'\u0351'.repeat(50)}algo`, `Z${'\u0351'.repeat(8)}algo`],
  ['ที่ นี้ שָׁלוֹם', 'ที่ นี้ שָׁלוֹם'],
])('stores %j without its control characters', (typed, stored) => {
  expect(withoutControls(typed)).toBe(stored);
});

test('escapes the five characters as Go does', () => {
  expect(escapeHtml(`<b title='x' lang="y">&amp;</b>`)).toBe(
    '&lt;b title=&#39;x&#39; lang=&#34;y&#34;&gt;&amp;amp;&lt;/b&gt;',
  );
});

test('unescaping restores what was typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (typed) => unescapeHtml(escapeHtml(typed)) === typed),
  );
});
