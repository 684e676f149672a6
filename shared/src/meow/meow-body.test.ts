import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeHtml, isValidBody, unescapeHtml, wellFormed } from './meow-body.ts';

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
  ])('%s', (_, body, valid) => {
    expect(isValidBody(body)).toBe(valid);
  });
});

test('NUL and lone surrogates become the replacement character, pairs stay', () => {
  expect(wellFormed('a\0b\ud800c\udc00d🐱')).toBe('a\uFFFDb\uFFFDc\uFFFDd🐱');
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
