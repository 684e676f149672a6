import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeHtml } from '../../meow/meow-body.ts';
import { type Open, subjectForAll, subjectForEach } from './subject.ts';

/** What `SearchRepository` promises of unusual queries. */
export function queriesContract(open: Open): void {
  describe('queries of any kind', () => {
    const subject = subjectForAll(open, 'cat', 'something', '*', '!?');

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
      expect(await subject.found(query)).toEqual(['cat']);
    });

    test.each([
      ['empty', ''],
      ['blank', ' \t\n\u3000'],
      ['only punctuation', '!?…—*** (){}[] && || "\'"'],
      ['only an asterisk', '*'],
      ['only half an emoji', '\ud83d'],
    ])('one that is %s finds nothing', async (_, query) => {
      expect(await subject.found(query)).toEqual([]);
    });
  });

  describe('long texts', () => {
    const subject = subjectForEach(open);

    test('only the beginning of a very long query is read', async () => {
      await subject.given('cat', 'dog', 'bird');
      expect(await subject.found(`cat ${'dog '.repeat(20_000)}bird`)).toEqual(['dog', 'cat']);
      expect(await subject.found('x'.repeat(100_000))).toEqual([]);
      expect(await subject.found(`cat ${'y z '.repeat(30)} ${'w '.repeat(10)} dog`)).toEqual(['cat']);
      expect(await subject.found('😻'.repeat(10_000))).toEqual([]);
    });

    test('the longest possible words find themselves', async () => {
      const longest = 'm'.repeat(140);
      await subject.given(longest, '猫'.repeat(140), '👩‍👩‍👧‍👦'.repeat(20), '\ufdfa'.repeat(140));
      expect(await subject.found(longest)).toEqual([longest]);
      expect(await subject.found('猫'.repeat(140))).toEqual(['猫'.repeat(140)]);
      expect(await subject.found('👩‍👩‍👧‍👦'.repeat(20))).toEqual(['👩‍👩‍👧‍👦'.repeat(20)]);
      expect(await subject.found('\ufdfa'.repeat(140))).toEqual(['\ufdfa'.repeat(140)]);
    });

    test('any query at all finds only meows of the index', async () => {
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
