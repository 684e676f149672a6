import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { uniqueWord } from '../unique-word.ts';
import { expectError, HttpClient, idOf } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';

/** `Idempotency-Key`: a repeated request posts once. */
export function idempotencyContract(system: SystemUnderTest): void {
  describe('POST /meows with an Idempotency-Key', () => {
    const client = new HttpClient(system);
    const post = (key: string, body: string) =>
      client.request('/meows', {
        method: 'POST',
        body: new URLSearchParams({ body }),
        headers: { 'idempotency-key': key },
      });
    const listed = async (word: string) =>
      (await client.list('take=1000')).filter((meow) => meow.body === word).map(({ id }) => id);

    test('the same key posts one meow and gets the same answer', async () => {
      const [key, word] = [randomUUID(), uniqueWord()];
      const first = await post(key, word);
      const again = await post(key, word);
      expect(again).toMatchObject({ status: 200, text: first.text });
      expect(await listed(word)).toEqual([idOf(first)]);
    });

    test('concurrent posts with the same key post one meow', async () => {
      const [key, word] = [randomUUID(), uniqueWord()];
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(key, word)));
      expect(new Set(answers.map(idOf)).size).toBe(1);
      expect(await listed(word)).toEqual([idOf(answers[0] as (typeof answers)[0])]);
    });

    test('the same key with another text is refused', async () => {
      const [key, word, other] = [randomUUID(), uniqueWord(), uniqueWord()];
      const id = idOf(await post(key, word));
      expectError(await post(key, other), 422, 'This Idempotency-Key belongs to another meow');
      expect(idOf(await post(key, word))).toBe(id);
      expect(await listed(other)).toEqual([]);
    });

    test('of concurrent posts with one key and different texts, one text is posted', async () => {
      const [key, words] = [randomUUID(), Array.from({ length: 20 }, uniqueWord)];
      const answers = await Promise.all(words.map((word) => post(key, word)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(422)]);
      const posted = words[answers.findIndex(({ status }) => status === 200)] as string;
      for (const word of words) expect(await listed(word)).toHaveLength(word === posted ? 1 : 0);
    });

    test('the same text under different keys, or without one, is posted each time', async () => {
      const word = uniqueWord();
      const ids = [idOf(await post(randomUUID(), word)), idOf(await post(randomUUID(), word))];
      ids.push(await client.postMeow(word), await client.postMeow(word));
      expect(await listed(word)).toEqual(ids.reverse());
    });

    test('a refused post does not use up its key', async () => {
      const [key, word] = [randomUUID(), uniqueWord()];
      expectError(await post(key, ' '), 400, 'Invalid body');
      const id = idOf(await post(key, word));
      expect(await listed(word)).toEqual([id]);
    });

    test.each(['', 'm'.repeat(256), 'kätzchen'])('the key %j is refused', async (key) => {
      expectError(await post(key, 'meow'), 400, 'Invalid Idempotency-Key header');
    });
  });
}
