import KSUID from 'ksuid';
import { describe, expect, test } from 'vitest';
import { uniqueWord } from '../unique-word.ts';
import { HttpClient, idOf } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';

/** What `POST /meows` accepts, and how it is stored. */
export function postMeowContract(system: SystemUnderTest): void {
  describe('POST /meows', () => {
    const client = new HttpClient(system);
    const post = (path: string, init: RequestInit) => client.request(path, { method: 'POST', ...init });
    const multipart = (body: string) => {
      const form = new FormData();
      form.set('body', body);
      return form;
    };
    const json = (body: string): RequestInit => ({
      body: JSON.stringify({ body }),
      headers: { 'content-type': 'application/json' },
    });

    test.each<[string, (body: string) => [path: string, init: RequestInit]]>([
      ['a form', (body) => ['/meows', { body: new URLSearchParams({ body }) }]],
      ['a multipart form', (body) => ['/meows', { body: multipart(body) }]],
      ['the query string', (body) => [`/meows?body=${encodeURIComponent(body)}`, {}]],
      ['a JSON object', (body) => ['/meows', json(body)]],
    ])('accepts the body from %s', async (_, requestWith) => {
      const body = `${uniqueWord()} + 100% 🐱 ä`;
      const answer = await post(...requestWith(body));
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.json).toEqual({ id: expect.any(String) });
      expect(await client.listed(idOf(answer))).toMatchObject({ body });
    });

    test.each<[string, (body: string) => RequestInit]>([
      ['a form', (body) => ({ body: new URLSearchParams({ body }) })],
      ['a multipart form', (body) => ({ body: multipart(body) })],
      ['a JSON object', json],
    ])('%s takes precedence over the query string', async (_, initWith) => {
      const answer = await post('/meows?body=from+the+query', initWith('from the form'));
      expect(await client.listed(idOf(answer))).toMatchObject({ body: 'from the form' });
    });

    test('uses the query string if the form has no body', async () => {
      const answer = await post('/meows?body=a+query', { body: new URLSearchParams({ other: 'field' }) });
      expect(await client.listed(idOf(answer))).toMatchObject({ body: 'a query' });
    });

    test.each([
      ['one character', 'm'],
      ['140 letters', 'm'.repeat(140)],
      ['140 emoji, of 4 bytes each', '🐱'.repeat(140)],
      ['140 Cyrillic letters', 'м'.repeat(140)],
      ['white space around a word, as typed', '  meow \t'],
      ['line breaks', 'one\ntwo\r\n\nthree'],
    ])('accepts %s', async (_, body) => {
      const answer = await client.postJson(JSON.stringify({ body }));
      expect(await client.listed(idOf(answer))).toMatchObject({ body });
    });

    test('counts 140 characters as typed, not as they are escaped', async () => {
      expect(await client.listed(await client.postMeow('&'.repeat(140)))).toMatchObject({
        body: '&amp;'.repeat(140),
      });
    });

    test('escapes the text as Go does', async () => {
      const id = await client.postMeow(`<script>alert('x', "y")</script> &amp;`);
      expect(await client.listed(id)).toMatchObject({
        body: '&lt;script&gt;alert(&#39;x&#39;, &#34;y&#34;)&lt;/script&gt; &amp;amp;',
      });
    });

    test.each([
      ['NUL in JSON', () => client.postJson(String.raw`{"body":"a\u0000b"}`), 'a\uFFFDb'],
      ['NUL in a form', () => client.postForm({ body: 'a\0b' }), 'a\uFFFDb'],
      ['a lone high surrogate', () => client.postJson(String.raw`{"body":"a\ud83d b"}`), 'a\uFFFD b'],
      ['a lone low surrogate', () => client.postJson(String.raw`{"body":"\udc31a"}`), '\uFFFDa'],
    ])('%s becomes the replacement character', async (_, send, body) => {
      expect(await client.listed(idOf(await send()))).toMatchObject({ body });
    });

    test('returns a KSUID of the creation time; created_at is UTC with microseconds', async () => {
      const before = Date.now();
      const { id, created_at } = await client.listed(await client.postMeow('when'));
      expect(id).toMatch(/^[0-9A-Za-z]{27}$/);
      expect(created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(Math.abs(Date.parse(created_at) - before)).toBeLessThan(30_000);
      expect(KSUID.parse(id).date.toISOString().slice(0, 19)).toBe(created_at.slice(0, 19));
    });

    test('lists the posts of one caller newest first, also within one second', async () => {
      const ids = await client.postMeows(...Array.from({ length: 60 }, (_, i) => `meow ${i}`));
      const listed = (await client.list('take=1000')).map(({ id }) => id).filter((id) => ids.includes(id));
      expect(listed).toEqual(ids.reverse());
    });

    test('every list that is requested after the answer contains the meow', async () => {
      const posters = Array.from({ length: 20 }, async () => {
        for (let i = 0; i < 5; i++) {
          const id = await client.postMeow(uniqueWord());
          expect((await client.list('take=1000')).map((meow) => meow.id)).toContain(id);
        }
      });
      await Promise.all(posters);
    });
  });
}
