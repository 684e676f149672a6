import { describe, expect, test } from 'vitest';
import { uniqueWord } from '../unique-word.ts';
import { expectError, HttpClient } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';

/** What other sites and feed readers get: the page of a meow with its text, and the feed. */
export function permalinkContract(system: SystemUnderTest): void {
  const client = new HttpClient(system);
  const hostile = '</title><script>alert("1")</script> $& $1 \'&lt;b&gt;';
  const escaped =
    '&lt;/title&gt;&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt; $&amp; $1 &#39;&amp;lt;b&amp;gt;';

  describe('the page of a meow', () => {
    test('has its text, escaped, in the title and the OpenGraph tags', async () => {
      const word = uniqueWord();
      const id = await client.postMeow(`${word}\n${hostile}`);
      const page = await client.request(`/m/${id}`);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('cache-control')).toBe('no-cache');
      expect(page.text).toContain(`<meta property="og:description" content="${word} ${escaped}">`);
      expect(page.text).toContain(
        `<meta property="og:url" content="${new URL(system.url()).origin}/m/${id}">`,
      );
      expect(page.text).toMatch(new RegExp(`<title>${word} &lt;/title&gt;[^<]+ · Meower</title>`));
      expect(page.text.match(/<title>/g)).toHaveLength(1);
      expect(page.text).not.toContain('<script>alert');
      // What readers without JavaScript see, and nothing else.
      expect(page.text.match(/<noscript>[\s\S]*?<\/noscript>/g)).toEqual([
        expect.stringContaining(`dir="auto">${word}\n${escaped}</p>`),
      ]);
    });

    test.each(['0'.repeat(27), 'none', '%3Cb%3E'])('is 404 and the page for %s', async (id) => {
      const page = await client.request(`/m/${id}`);
      expect(page.status).toBe(404);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.text).toContain('<title>Meow not found · Meower</title>');
    });

    test.each(['/m', '/m/', '/m/a/b'])('is not at %s', async (path) => {
      expectError(await client.request(path), 404);
    });

    test('names no address if the host is no host', async () => {
      const id = await client.postMeow(uniqueWord());
      const page = await client.request(`/m/${id}`, { headers: { 'x-forwarded-host': 'a"b' } });
      expect(page.text).not.toContain('a&#34;b');
      expect(page.text).not.toContain('a"b');
    });
  });

  describe('the page without JavaScript', () => {
    const contentOf = ({ text }: { text: string }) => {
      const contents = text.match(/<noscript>[\s\S]*?<\/noscript>/g);
      expect(contents).toHaveLength(1);
      return contents?.[0] ?? '';
    };

    test('has the newest meows, escaped, with their permalinks, and an ETag', async () => {
      const word = uniqueWord();
      const id = await client.postMeow(`${word} </noscript>${hostile}`);
      const page = await client.request('/meows.html');
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('cache-control')).toBe('no-cache');
      const content = contentOf(page);
      expect(content).toContain(`>${word} &lt;/noscript&gt;${escaped}</p>`);
      expect(content).toContain(`href="/m/${id}"`);
      expect(content).not.toContain('http-equiv');
      expect(page.text).not.toContain('<script>alert');

      const etag = page.headers.get('etag') ?? '';
      const again = await client.request('/meows.html', {
        headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' },
      });
      // Other tests may have posted meanwhile.
      expect(again.headers.get('etag') === etag ? again.status : 304).toBe(304);
    });

    test('leads to the older meows, down to the oldest', async () => {
      const word = uniqueWord();
      const ids = await client.postMeows(...Array.from({ length: 51 }, (_, i) => `${word} ${i}`));
      const first = contentOf(await client.request('/meows.html'));
      const older = /<a rel="next" href="(\/meows\.html\?before=\w+)">/.exec(first)?.[1] ?? '';
      expect(older).not.toBe('');
      expect(contentOf(await client.request(older))).toContain(`href="/m/${ids[0]}"`);
      const end = contentOf(await client.request(`/meows.html?before=${'0'.repeat(27)}`));
      expect(end).toContain('There are no older meows.');
    });

    test.each(['none', '%3Cscript%3E'])('is 400 before %s', async (before) => {
      expectError(await client.request(`/meows.html?before=${before}`), 400, 'Invalid before parameter');
    });
  });

  describe('the feed', () => {
    test('has the newest meows, escaped, and an ETag', async () => {
      const word = uniqueWord();
      const id = await client.postMeow(`${word} ${hostile}`);
      const feed = await client.request('/feed.atom');
      expect(feed.status).toBe(200);
      expect(feed.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
      expect(feed.text).toContain(`<content>${word} ${escaped}</content>`);
      expect(feed.text).toContain(`<link href="/m/${id}"/>`);
      expect(feed.text.match(/<entry>/g)?.length).toBeLessThanOrEqual(50);

      const etag = feed.headers.get('etag') ?? '';
      const again = await client.request('/feed.atom', {
        headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' },
      });
      // Other tests may have posted meanwhile.
      expect(again.headers.get('etag') === etag ? again.status : 304).toBe(304);
    });
  });
}
