import { describe, expect, test } from 'vitest';
import { MAX_SEARCH_DEPTH } from '../search-repository.ts';
import { type Open, subjectForEach } from './subject.ts';

/** What `SearchRepository` promises of the order of results. */
export function rankingContract(open: Open): void {
  describe('ranking', () => {
    const subject = subjectForEach(open);

    test('more matching words rank higher, but one is enough', async () => {
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

    test('of single matching words, the rarer one ranks higher', async () => {
      await subject.given('unicorn', ...Array.from({ length: 10 }, () => 'the'));
      expect((await subject.found('the unicorn'))[0]).toBe('unicorn');
    });

    test('a word spelled right ranks higher than a misspelled one, however common it is', async () => {
      await subject.given(...Array.from({ length: 20 }, () => 'the house'), 'the horse', 'the mouse');
      const found = await subject.found('house');
      expect(found).toEqual([...Array.from({ length: 20 }, () => 'the house'), 'the horse']);
    });

    test('a word spelled right next to a misspelled one ranks no higher than alone', async () => {
      await subject.given('the horse and the house', 'the house', 'horse horses');
      expect(await subject.found('house')).toEqual(['the house', 'the horse and the house', 'horse horses']);
    });

    test('a word that only begins right ranks below a misspelled one, the newest first', async () => {
      await subject.given('housework', 'horse', 'house', 'houses', 'housewarming');
      expect(await subject.found('house')).toEqual(['house', 'houses', 'horse', 'housewarming', 'housework']);
    });

    test('a word that only begins right counts as a word', async () => {
      await subject.given('grumpy siamese', 'siamese', 'grumpy');
      expect((await subject.found('grumpy siam'))[0]).toBe('grumpy siamese');
    });

    test('repetitions and the length of a text do not matter: the newest comes first', async () => {
      await subject.given('cat cat cat cat', 'cat', 'a text about a cat that goes on for a while');
      expect(await subject.found('cat')).toEqual([
        'a text about a cat that goes on for a while',
        'cat',
        'cat cat cat cat',
      ]);
    });

    test('equal matches are listed newest first, in whichever order they were inserted', async () => {
      const { repository, newMeow } = subject;
      const meows = Array.from({ length: 50 }, () => newMeow('the very same text'));
      const shuffled = meows.filter((_, i) => i % 3 === 1).concat(meows.filter((_, i) => i % 3 !== 1));
      await repository.insertMeows(shuffled.slice(0, 20));
      await repository.insertMeows(shuffled.slice(20));
      await repository.refresh();
      for (const query of ['same', 'very same text', 'txet'])
        expect(await repository.searchMeows(query, 0, 100), query).toEqual(meows.toReversed());
    });

    test('a repeated word of a query counts once', async () => {
      await subject.given('cat', 'dog');
      expect(await subject.found('cat dog dog dog')).toEqual(['dog', 'cat']);
      expect(await subject.found('cat cat cat dog')).toEqual(['dog', 'cat']);
    });
  });

  describe('pages', () => {
    const subject = subjectForEach(open);

    test('together hold each result once, and are stable', async () => {
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

    test('beyond the last result are empty', async () => {
      const { found, given } = subject;
      await given('cat', 'cat');
      expect(await found('cat', 0, 0)).toEqual([]);
      expect(await found('cat', 1, 0)).toEqual([]);
      expect(await found('cat', 2, 10)).toEqual([]);
      expect(await found('cat', MAX_SEARCH_DEPTH - 10, 10)).toEqual([]);
    });

    test('beyond the maximum depth are a RangeError', async () => {
      await expect(subject.repository.searchMeows('cat', MAX_SEARCH_DEPTH, 1)).rejects.toThrow(RangeError);
    });
  });
}
