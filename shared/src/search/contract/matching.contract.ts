import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeHtml, isValidBody } from '../../meow/meow-body.ts';
import { createMatcher } from '../analysis/matcher.ts';
import { words } from '../analysis/words.ts';
import { MAX_SEARCH_DEPTH } from '../search-repository.ts';
import { matchCases } from './match-cases.ts';
import { type Open, subjectForAll, subjectForEach } from './subject.ts';

/** What `SearchRepository` promises of finding meows. */
export function matchingContract(open: Open): void {
  describe('typing errors', () => {
    const subject = subjectForAll(open, 'cat', 'house', 'unicorn');

    test.each([
      ['one letter wrong', 'unicorm'],
      ['one letter missing', 'uncorn'],
      ['one letter too many', 'uniicorn'],
      ['two letters swapped', 'uincorn'],
      ['two errors', 'unikornn'],
      ['twice two letters swapped', 'uincron'],
    ])('a long word is found with %s: %s', async (_, query) => {
      expect(await subject.found(query)).toEqual(['unicorn']);
    });

    test.each([
      ['cet', 'one letter wrong'],
      ['ct', 'too short for errors'],
      ['ca', 'too short for errors'],
      ['hose', 'one letter missing'],
      ['hosue', 'two letters swapped'],
      ['hoxxe', 'two errors in a short word'],
      ['xat', 'the first letter wrong'],
      ['ouse', 'the first letter missing'],
      ['xhouse', 'a letter before the first'],
      ['nuicorn', 'the first two letters swapped'],
      ['unikxrmn', 'three errors'],
    ])('a cat, a house and a unicorn: %s (%s)', async (query) => {
      const expected: Record<string, string> = { cet: 'cat', hose: 'house', hosue: 'house' };
      expect(await subject.found(query)).toEqual(expected[query] ? [expected[query]] : []);
    });
  });

  describe('spelling that does not matter', () => {
    const spellings: [string, string, ...string[]][] = [
      ['case', 'HeLLo', 'hello', 'HELLO'],
      ['diacritics', 'Crème Brûlée', 'creme brulee', 'CRÈME BRÛLÉE'],
      ['composed or decomposed', 'Zo\u00eb', 'Zoe\u0308', 'zoe'],
      ['Latin letters that stand for two', 'Straße', 'STRASSE', 'strasse'],
      ['letters with a stroke', 'Łódź Ødegård', 'lodz', 'odegard'],
      ['dots over an İ', 'İstanbul', 'istanbul', 'ISTANBUL'],
      ['Cyrillic', 'Ёлка и йод', 'елка', 'ЙОД'],
      ['Greek, and its last sigma', 'ΟΔΥΣΣΕΎΣ', 'οδυσσευς', 'Οδυσσεύς'],
      ['Vietnamese', 'Tiếng Việt', 'tieng viet', 'TIẾNG'],
      ['width and ligatures', 'ＡＢＣ ﬁsh', 'abc', 'fish'],
      ['Hebrew points', 'שָׁלוֹם', 'שלום', 'שָׁלוֹם'],
      ['Arabic marks', 'مَرْحَبًا', 'مرحبا', 'مَرْحَبًا'],
      ['curly apostrophes', 'It’s', "it's", 'it’s'],
    ];
    const subject = subjectForAll(open, ...spellings.map(([, text]) => text));

    test.each(spellings)('%s: %s', async (_, text, ...queries) => {
      for (const query of queries) expect(await subject.found(query), query).toEqual([escapeHtml(text)]);
    });
  });

  describe('words', () => {
    const finds: [string, string, string][] = [
      ['a genitive', "Tom's hat", 'tom'],
      ['a hashtag', 'today: #caturday!', 'caturday'],
      ['a mention', 'hello @jerry_mouse', 'jerry'],
      ['a sentence without a space', 'End.Start', 'start'],
      ['a word with a hyphen', 'well-known', 'known'],
      ['an address', 'see https://example.com/cats?x=1', 'example'],
      ['a number', 'born in 2018', '2018'],
      ['part of a Chinese sentence', '我喜欢猫咪', '猫'],
      ['part of a Japanese sentence', '犬が好きです', '好き'],
      ['a katakana word', 'かわいいネコちゃん', 'ネコ'],
      ['a Korean word', '고양이 좋아요', '고양이'],
      ['a Hindi word', 'मुझे बिल्ली पसंद है', 'बिल्ली'],
      ['an Arabic word', 'أحب القطط كثيرا', 'القطط'],
      ['an emoji', 'look 😻😻', '😻'],
      ['an emoji of several', 'we 👩‍👩‍👧‍👦 are', '👩‍👩‍👧‍👦'],
      ['a heart, drawn either way', 'I ❤️ cats', '❤'],
      ['a flag', '🇫🇷 allez', '🇫🇷'],
      ['letters beyond the first plane', '𝒞at 𐐷𐐲𐑌', '𐐷𐐲𐑌'],
    ];
    const subject = subjectForAll(open, ...finds.map(([, text]) => text));

    test.each(finds)('finds %s', async (_, text, query) => {
      expect(await subject.found(query)).toEqual([escapeHtml(text)]);
    });
  });

  describe('text', () => {
    const subject = subjectForEach(open);

    test('text is matched as it was typed, not as it is escaped', async () => {
      await subject.given('Tom & Jerry', 'a < b', '"named"');
      for (const entity of ['amp', '&amp;', 'lt', 'gt', '34', '#34', 'quot'])
        expect(await subject.found(entity), entity).toEqual([]);
      expect(await subject.found('Tom & Jerry')).toEqual(['Tom &amp; Jerry']);
      expect(await subject.found('Tom &amp; Jerry')).toEqual(['Tom &amp; Jerry']);
      expect(await subject.found('named')).toEqual(['&#34;named&#34;']);
    });

    test('an entity in the typed text is text', async () => {
      await subject.given('write &amp; for an ampersand');
      expect(await subject.found('amp')).toEqual(['write &amp;amp; for an ampersand']);
    });

    test('an emoji is no typing error of another', async () => {
      await subject.given('👩‍👩‍👧‍👦', '👍🏽', '🇫🇷');
      expect(await subject.found('👩‍👩‍👧‍👧 👍🏿 🇫🇮')).toEqual([]);
    });

    test('any meow is found by its own text', async () => {
      const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter(isValidBody);
      await fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 40, maxLength: 40 }), async (texts) => {
          const meows = await subject.given(...texts);
          for (const [i, { id }] of meows.entries()) {
            const query = texts[i] as string;
            if (words(query).length === 0) continue;
            const found = await subject.repository.searchMeows(query, 0, MAX_SEARCH_DEPTH);
            expect(
              found.map((meow) => meow.id),
              query,
            ).toContain(id);
          }
        }),
        { numRuns: 3 },
      );
    });
  });

  describe('what the page highlights', () => {
    const texts = [...new Set(matchCases.map(([text]) => text))];
    const subject = subjectForAll(open, ...texts);

    test.each(matchCases.map(([, query]) => query))('is what a search for "%s" finds', async (query) => {
      const matching = texts.filter(createMatcher(query).matches);
      expect((await subject.found(query)).sort()).toEqual(matching.map(escapeHtml).sort());
    });
  });
}
