import { describe, expect, test, vi } from 'vitest';
import { mistype, uniqueWord } from '../unique-word.ts';
import { expectError, expectRefusal, HttpClient } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';

const INDEXED_WITHIN = { timeout: 15_000, interval: 50 };

/** `GET /search`. The tests wait until a post is found: the index may be a moment behind. */
export function searchContract(system: SystemUnderTest): void {
  describe('GET /search', () => {
    const client = new HttpClient(system);
    const found = async (query: string, parameters = '') =>
      (await client.search(query, parameters)).map(({ id }) => id);
    /** Posts meows one after the other and waits until all are found by the word that they share. */
    const post = async (word: string, ...bodies: string[]) => {
      const ids = await client.postMeows(...bodies);
      const all = expect.arrayContaining(ids);
      await vi.waitFor(async () => expect(await found(word, 'take=1000')).toEqual(all), INDEXED_WITHIN);
      return ids;
    };

    test('finds a posted meow, with the same values as in the list', async () => {
      const word = uniqueWord();
      const [id = ''] = await post(word, `my ${word} & <I>`);
      const answer = await client.request(`/search?query=${word}`);
      expect(answer).toMatchObject({ status: 200, json: [await client.listed(id)] });
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.headers.get('x-degraded')).toBeNull();
    });

    test('tolerates typing errors, except in the first letter', async () => {
      const word = uniqueWord();
      const ids = await post(word, word);
      expect(await found(mistype(word, 5))).toEqual(ids);
      expect(await found(mistype(mistype(word, 5), 9))).toEqual(ids);
      expect(await found(mistype(word, 0))).toEqual([]);
    });

    test('finds any of the words, and ranks meows with more of them higher, even if older', async () => {
      const [one, two] = [uniqueWord(), uniqueWord()];
      const [both, first] = await post(one, `${one} ${two}`, one);
      const [second] = await post(two, two);
      const ranked = await found(`${one} ${two}`);
      expect(ranked[0]).toBe(both);
      expect(ranked.slice(1).sort()).toEqual([first, second].sort());
      expect(await found(`${uniqueWord()} ${one}`)).toEqual([first, both]);
    });

    test('ranks an exact match above a typing error', async () => {
      const word = uniqueWord();
      const [exact, near] = await post(word, word, mistype(word, 6));
      expect(await found(word)).toEqual([exact, near]);
    });

    test('returns equal matches newest first, also with skip and take', async () => {
      const word = uniqueWord();
      const newestFirst = (await post(word, ...Array.from({ length: 7 }, () => `${word} meow`))).reverse();
      expect(await found(word)).toEqual(newestFirst);
      expect(await found(word, 'skip=2&take=3')).toEqual(newestFirst.slice(2, 5));
      expect(await found(word, 'skip=7')).toEqual([]);
      expect(await found(word, 'take=0')).toEqual([]);
    });

    test('ignores case and accents', async () => {
      const word = uniqueWord();
      const ids = await post(word, `${word.toUpperCase()}é ${word}`);
      expect(await found(`${word}E`)).toEqual(ids);
    });

    test('matches the text as typed, not as it is escaped', async () => {
      const word = uniqueWord();
      const [id] = await post(word, `Tom & Jerry "${word}"`);
      expect(await found(`Tom & Jerry ${word}`)).toContain(id);
      for (const entity of ['amp', 'quot', '34', '#34'])
        expect(await found(entity, 'take=1000')).not.toContain(id);
    });

    test('finds other scripts and emoji', async () => {
      const word = uniqueWord();
      const [id] = await post(word, `${word} кошка 猫 🐈‍⬛`);
      // Meows of earlier runs may follow: they contain one of the two words.
      for (const query of ['кошка', '猫', '🐈‍⬛'])
        expect((await found(`${query} ${word}`, 'take=1000'))[0]).toBe(id);
    });

    test.each(['', 'query=', 'Query=meow', 'skip=1', 'q=meow'])(
      'reports a missing query in "%s"',
      async (parameters) => {
        expectError(await client.request(`/search?${parameters}`), 400, 'Missing query parameter');
      },
    );

    test('reports a missing query without a query string', async () => {
      expectError(await client.request('/search'), 400, 'Missing query parameter');
    });

    test.each(['query=a&query=b', 'query[]=a', 'query[a]=b', 'query=%', 'query=%ff'])(
      'refuses %s',
      async (parameters) => {
        expectRefusal(await client.request(`/search?${parameters}`));
      },
    );

    test('returns results up to position 1000 and refuses more', async () => {
      const word = uniqueWord();
      expect(await found(word, 'skip=900&take=100')).toEqual([]);
      expectError(
        await client.request(`/search?query=${word}&skip=901&take=100`),
        400,
        'Invalid skip parameter',
      );
      expectError(await client.request(`/search?query=${word}&skip=901`), 400, 'Invalid skip parameter');
    });

    test.each([
      ' ',
      '\t\n',
      '!?&<>"',
      '*',
      '+-=&&||><!(){}[]^"~*?:\\/',
      'AND OR NOT',
      '\0',
      '\\',
      '{"match_all":{}}',
    ])('treats %j as text', async (query) => {
      expect(await found(query, 'take=1')).toBeInstanceOf(Array);
    });

    test('accepts a query of 4000 characters', async () => {
      const word = uniqueWord();
      const ids = await post(word, word);
      expect(await found(`${word} ${'meow '.repeat(800)}`, 'take=1')).toEqual(ids);
    });

    test('HEAD has no body', async () => {
      const head = await client.request('/search?query=meow', { method: 'HEAD' });
      expect(head).toMatchObject({ status: 200, text: '' });
      expect(head.headers.get('content-type')).toBe('application/json; charset=utf-8');
    });
  });
}
