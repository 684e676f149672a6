import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeHtml, isValidBody } from '../schema/text.ts';
import type { SearchSubject } from './repository.contract.ts';
import { MAX_SEARCH_DEPTH } from './repository.ts';
import { words } from './words.ts';

/** What a search `Repository` promises of finding meows. */
export function matchingContract(subject: SearchSubject): void {
  describe('typing errors', () => {
    test.each([
      ['one letter wrong', 'unicorm'],
      ['one letter missing', 'uncorn'],
      ['one letter too many', 'uniicorn'],
      ['two letters swapped', 'uincorn'],
      ['two errors', 'unikornn'],
      ['twice two letters swapped', 'uincron'],
    ])('a long word is found with %s: %s', async (_, query) => {
      await subject.given('a unicorn was here', 'something else');
      expect(await subject.found(query)).toEqual(['a unicorn was here']);
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
      await subject.given('cat', 'house', 'unicorn');
      const expected: Record<string, string> = { cet: 'cat', hose: 'house', hosue: 'house' };
      expect(await subject.found(query)).toEqual(expected[query] ? [expected[query]] : []);
    });

    test('a word that is spelled right comes first, however common it is', async () => {
      await subject.given(...Array.from({ length: 20 }, () => 'the house'), 'the horse', 'the mouse');
      const found = await subject.found('house');
      expect(found).toEqual([...Array.from({ length: 20 }, () => 'the house'), 'the horse']);
    });
  });

  describe('spelling that does not matter', () => {
    test.each([
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
    ])('%s: %s', async (_, text, ...queries) => {
      await subject.given(text, '0000');
      for (const query of queries) expect(await subject.found(query), query).toEqual([escapeHtml(text)]);
    });
  });

  describe('words', () => {
    test('text is matched as it was typed, not as it is escaped', async () => {
      await subject.given('Tom & Jerry', 'a < b', '"quoted"');
      for (const entity of ['amp', '&amp;', 'lt', 'gt', '34', '#34', 'quot'])
        expect(await subject.found(entity), entity).toEqual([]);
      expect(await subject.found('Tom & Jerry')).toEqual(['Tom &amp; Jerry']);
      expect(await subject.found('Tom &amp; Jerry')).toEqual(['Tom &amp; Jerry']);
      expect(await subject.found('quoted')).toEqual(['&#34;quoted&#34;']);
    });

    test('an entity that somebody typed is text', async () => {
      await subject.given('write &amp; for an ampersand');
      expect(await subject.found('amp')).toEqual(['write &amp;amp; for an ampersand']);
    });

    test.each([
      ['a genitive', "Tom's hat", 'tom'],
      ['a hashtag', 'today: #caturday!', 'caturday'],
      ['a mention', 'hello @tom_cat', 'tom'],
      ['a sentence without a space', 'End.Start', 'start'],
      ['a word with a hyphen', 'well-known', 'known'],
      ['an address', 'see https://example.com/cats?x=1', 'example'],
      ['a number', 'born in 2018', '2018'],
      ['part of a Chinese sentence', '我喜欢猫咪', '猫'],
      ['part of a Japanese sentence', 'ネコが好きです', '好き'],
      ['a katakana word', 'かわいいネコちゃん', 'ネコ'],
      ['a Korean word', '고양이 좋아요', '고양이'],
      ['a Hindi word', 'मुझे बिल्ली पसंद है', 'बिल्ली'],
      ['an Arabic word', 'أحب القطط كثيرا', 'القطط'],
      ['an emoji', 'look 😻😻', '😻'],
      ['an emoji of several', 'we 👩‍👩‍👧‍👦 are', '👩‍👩‍👧‍👦'],
      ['a heart, drawn either way', 'I ❤️ cats', '❤'],
      ['a flag', '🇫🇷 allez', '🇫🇷'],
      ['letters beyond the first plane', '𝒞at 𐐷𐐲𐑌', '𐐷𐐲𐑌'],
    ])('finds %s', async (_, text, query) => {
      await subject.given('nothing of the kind: 0', text);
      expect(await subject.found(query)).toEqual([escapeHtml(text)]);
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
            const found = await subject.repository.searchMeows(query, 0, 10_000);
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

  describe('ranking', () => {
    test('more words rank higher, though any will do', async () => {
      await subject.given('grumpy cat sleeping', 'cat', 'sleeping dog', 'grumpy cat', 'a bird');
      expect(await subject.found('grumpy cat sleeping')).toEqual([
        'grumpy cat sleeping',
        'grumpy cat',
        expect.anything(),
        expect.anything(),
      ]);
    });

    test('two common words rank higher than a rare one', async () => {
      await subject.given(...Array.from({ length: 30 }, () => 'the cat'), 'unicorn');
      const found = await subject.found('the cat unicorn');
      expect(found).toHaveLength(31);
      expect(found.at(-1)).toBe('unicorn');
    });

    test('of one word each, the rarer ranks higher', async () => {
      await subject.given('unicorn', ...Array.from({ length: 10 }, () => 'the'));
      expect((await subject.found('the unicorn'))[0]).toBe('unicorn');
    });

    test('a word that is there twice, or in a shorter text, is worth no more: the newest comes first', async () => {
      await subject.given('cat cat cat cat', 'cat', 'a text about a cat that goes on for a while');
      expect(await subject.found('cat')).toEqual([
        'a text about a cat that goes on for a while',
        'cat',
        'cat cat cat cat',
      ]);
    });

    test('newest first among equals, whatever the order of arrival', async () => {
      const { repository, newMeow } = subject;
      const meows = Array.from({ length: 50 }, () => newMeow('the very same text'));
      const shuffled = meows.filter((_, i) => i % 3 === 1).concat(meows.filter((_, i) => i % 3 !== 1));
      await repository.insertMeows(shuffled.slice(0, 20));
      await repository.insertMeows(shuffled.slice(20));
      await repository.refresh();
      for (const query of ['same', 'very same text', 'txet'])
        expect(await repository.searchMeows(query, 0, 100), query).toEqual(meows.toReversed());
    });

    test('a word said twice in the query counts once', async () => {
      await subject.given('cat', 'dog');
      expect(await subject.found('cat dog dog dog')).toEqual(['dog', 'cat']);
      expect(await subject.found('cat cat cat dog')).toEqual(['dog', 'cat']);
    });
  });

  describe('pages', () => {
    test('follow one another without double or hole, and are the same each time', async () => {
      const { repository, given } = subject;
      await given(...Array.from({ length: 95 }, (_, i) => (i % 4 ? `cat ${i}` : `cat and dog ${i}`)));
      const whole = await repository.searchMeows('cat dog', 0, 100);
      expect(whole).toHaveLength(95);
      for (const take of [1, 7, 50]) {
        const pages = [];
        for (let skip = 0; skip < 95; skip += take)
          pages.push(...(await repository.searchMeows('cat dog', skip, take)));
        expect(pages).toEqual(whole);
      }
    });

    test('end with nothing', async () => {
      const { found, given } = subject;
      await given('cat', 'cat');
      expect(await found('cat', 0, 0)).toEqual([]);
      expect(await found('cat', 1, 0)).toEqual([]);
      expect(await found('cat', 2, 10)).toEqual([]);
      expect(await found('cat', MAX_SEARCH_DEPTH - 10, 10)).toEqual([]);
    });

    test('reach as far as is promised, and no further', async () => {
      await expect(subject.repository.searchMeows('cat', MAX_SEARCH_DEPTH, 1)).rejects.toThrow(RangeError);
    });
  });

  describe('queries of any kind', () => {
    test.each([
      ['operators', 'cat AND NOT (dog OR "bird") +fish -mouse'],
      ['wildcards', 'c*t ca? /c.t/ cat~ cat~2 cat^5'],
      ['fields', 'body:cat id:* _exists_:id'],
      ['brackets', '}{][)( cat {"match_all":{}}'],
      ['backslashes and quotes', '\\"cat\\" \' `cat` \\'],
      ['controls', '\0cat\u0007\u200b\u202e \ufeff'],
      ['lone surrogates', 'cat \ud83d \udc31'],
      ['an empty word and white space', '  \t\n cat  \u00a0 '],
    ])('%s are words or nothing', async (_, query) => {
      await subject.given('cat', 'something');
      expect(await subject.found(query)).toEqual(['cat']);
    });

    test.each([
      ['empty', ''],
      ['blank', ' \t\n\u3000'],
      ['only punctuation', '!?…—*** (){}[] && || "\'"'],
      ['only an asterisk', '*'],
      ['only half an emoji', '\ud83d'],
    ])('one that is %s finds nothing', async (_, query) => {
      await subject.given('cat!?', '*');
      expect(await subject.found(query)).toEqual([]);
    });

    test('of a very long one, the beginning counts', async () => {
      await subject.given('cat', 'dog', 'bird');
      expect(await subject.found(`cat ${'dog '.repeat(20_000)}bird`)).toEqual(['dog', 'cat']);
      expect(await subject.found('x'.repeat(100_000))).toEqual([]);
      expect(await subject.found(`cat ${'y z '.repeat(30)} ${'w '.repeat(10)} dog`)).toEqual(['cat']);
      expect(await subject.found('😻'.repeat(10_000))).toEqual([]);
    });

    test('words of the longest kind find themselves', async () => {
      const longest = 'm'.repeat(140);
      await subject.given(longest, '猫'.repeat(140), '👩‍👩‍👧‍👦'.repeat(20), '\ufdfa'.repeat(140));
      expect(await subject.found(longest)).toEqual([longest]);
      expect(await subject.found('猫'.repeat(140))).toEqual(['猫'.repeat(140)]);
      expect(await subject.found('👩‍👩‍👧‍👦'.repeat(20))).toEqual(['👩‍👩‍👧‍👦'.repeat(20)]);
      expect(await subject.found('\ufdfa'.repeat(140))).toEqual(['\ufdfa'.repeat(140)]);
    });

    test('whatever is typed, it is answered, and with real meows only', async () => {
      const texts = ['cat', 'Ünïcödé', '我喜欢猫', '😻 & <b>', 'one two three four'];
      const bodies = texts.map(escapeHtml);
      await subject.given(...texts);
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (query) => {
          expect(bodies).toEqual(expect.arrayContaining(await subject.found(query)));
        }),
        { numRuns: 60 },
      );
    });
  });
}
