import { describe, expect, test } from 'vitest';
import { uniqueWord } from '../unique-word.ts';
import { expectError, HttpClient } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';

/** `GET /meows`: order, pages, caches. `GET /meows/<id>`. */
export function listMeowsContract(system: SystemUnderTest): void {
  describe('GET /meows', () => {
    const client = new HttpClient(system);
    const some = (count: number) => client.postMeows(...Array.from({ length: count }, () => uniqueWord()));
    const ids = (meows: readonly { id: string }[]) => meows.map(({ id }) => id);

    test('lists objects of id, body and created_at, newest first', async () => {
      const posted = await some(3);
      const answer = await client.request('/meows?take=1000');
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      const listed = answer.json as { id: string }[];
      expect(Object.keys(listed[0] ?? {}).sort()).toEqual(['body', 'created_at', 'id']);
      expect(ids(listed)).toEqual([...ids(listed)].sort().reverse());
      expect(ids(listed).slice(0, 3)).toEqual(posted.reverse());
    });

    test('returns the first 100 by default; skip and take select others', async () => {
      await Promise.all(Array.from({ length: 21 }, () => some(5)));
      const first = ids(await client.list('take=105'));
      expect(first).toHaveLength(105);
      for (const absent of ['', 'skip=&take=', 'skip=0', 'take=100', 'skip=00&take=0100'])
        expect(ids(await client.list(absent))).toEqual(first.slice(0, 100));
      expect(ids(await client.list('skip=7&take=5'))).toEqual(first.slice(7, 12));
      expect(await client.list('take=0')).toEqual([]);
    });

    test('returns an empty list beyond the last meow', async () => {
      expect(await client.list('skip=10000&take=1000')).toEqual([]);
      expect(await client.list(`before=${'0'.repeat(27)}`)).toEqual([]);
    });

    test.each(['10001', '1000000000', String(Number.MAX_SAFE_INTEGER)])('refuses skip=%s', async (skip) => {
      const answer = await client.request(`/meows?skip=${skip}`);
      expectError(answer, 400, 'skip is at most 10000: use before=<id> for older meows');
    });

    test('returns the meows that are older than before', async () => {
      const posted = (await some(6)).reverse();
      expect(ids(await client.list(`before=${posted[1]}&take=3`))).toEqual(posted.slice(2, 5));
    });

    test('new meows do not shift a page with before', async () => {
      const posted = (await some(4)).reverse();
      const page = `before=${posted[0]}&take=3`;
      const before = await client.list(page);
      await some(2);
      expect(await client.list(page)).toEqual(before);
    });

    test('links to the next page as long as there may be one', async () => {
      const posted = (await some(7)).reverse();
      const seen: string[] = [];
      let next = '/meows?take=3';
      while (seen.length < posted.length) {
        const answer = await client.request(next);
        seen.push(...ids(answer.json as { id: string }[]));
        next = nextPage(answer.headers) ?? 'none';
      }
      expect(seen.slice(0, 7)).toEqual(posted);
      const last = await client.request(`/meows?before=${'0'.repeat(27)}`);
      expect(last.headers.get('link')).toBeNull();
    });

    test('answers 304 to the ETag of an unchanged page', async () => {
      const [oldest, , newest] = await some(3);
      const page = `/meows?before=${newest}&take=2`;
      const first = await client.request(page);
      const etag = first.headers.get('etag') ?? 'none';
      expect(etag).toMatch(/^(W\/)?".+"$/);
      const again = await client.request(page, revalidate(etag));
      expect(again).toMatchObject({ status: 304, text: '' });
      expect(again.headers.get('access-control-allow-origin')).toBe('*');
      const other = await client.request(`/meows?before=${oldest}&take=2`, revalidate(etag));
      expect(other.status).toBe(200);
    });

    test('answers the new list to an outdated ETag', async () => {
      await some(1);
      const etag = (await client.request('/meows?take=1')).headers.get('etag') ?? 'none';
      const [id] = await some(1);
      const answer = await client.request('/meows?take=1', revalidate(etag));
      expect(answer).toMatchObject({ status: 200, json: [{ id }] });
    });

    test('HEAD has the headers of GET and no body', async () => {
      const [, newest] = await some(2);
      for (const path of [`/meows?before=${newest}&take=1`, `/meows/${newest}`]) {
        const get = await client.request(path);
        const head = await client.request(path, { method: 'HEAD' });
        expect(head).toMatchObject({ status: 200, text: '' });
        for (const name of ['content-type', 'etag', 'link'])
          expect(head.headers.get(name)).toBe(get.headers.get(name));
      }
    });

    test('returns one meow by its id', async () => {
      const word = uniqueWord();
      const id = await client.postMeow(word);
      const answer = await client.request(`/meows/${id}`);
      expect(answer).toMatchObject({ status: 200, json: await client.listed(id) });
      expect(answer.json).toMatchObject({ id, body: word });
    });

    test.each(['0'.repeat(27), 'unknown', "1' OR '1'='1", '%00', '🐱', 'm'.repeat(2000)])(
      'answers 404 to the unknown id %j',
      async (id) => {
        expectError(await client.request(`/meows/${encodeURI(id)}`), 404);
      },
    );
  });
}

function nextPage(headers: Headers): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
}

/** Headers of a browser that revalidates its copy. By default `fetch` would bypass caches. */
function revalidate(etag: string): RequestInit {
  return { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } };
}
