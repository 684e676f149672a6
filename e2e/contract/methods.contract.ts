import { EDGE_HEADERS } from '@meower/embedded/headers.ts';
import { describe, expect, test } from 'vitest';
import { expectError, HttpClient } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';

/** Methods, unknown paths, and the headers of every response. */
export function methodsContract(system: SystemUnderTest): void {
  describe('any request', () => {
    const client = new HttpClient(system);

    test.each([
      ['/meows', ['GET', 'HEAD', 'OPTIONS', 'POST']],
      [`/meows/${'0'.repeat(27)}`, ['GET', 'HEAD', 'OPTIONS']],
      [`/meows/${'0'.repeat(27)}/reports`, ['OPTIONS', 'POST']],
      ['/search', ['GET', 'HEAD', 'OPTIONS']],
    ])('OPTIONS %s lists the methods', async (path, methods) => {
      const preflight = await client.request(path, {
        method: 'OPTIONS',
        headers: {
          origin: 'http://elsewhere.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      });
      expect(preflight).toMatchObject({ status: 204, text: '' });
      const listed = (name: string) => preflight.headers.get(name)?.split(/, */).sort();
      expect(listed('access-control-allow-methods')).toEqual(methods);
      expect(listed('allow')).toEqual(methods);
      expect(listed('access-control-allow-headers')).toEqual([
        'Altcha',
        'Content-Type',
        'Idempotency-Key',
        'Traceparent',
        'Tracestate',
        'X-Request-Id',
      ]);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    });

    test.each([
      ['PUT', '/meows'],
      ['DELETE', '/meows'],
      ['PATCH', '/meows'],
      ['POST', '/search?query=meow'],
      ['DELETE', '/search?query=meow'],
      ['POST', '/pusher'],
      ['DELETE', `/meows/${'0'.repeat(27)}`],
    ])('%s %s is refused', async (method, path) => {
      const answer = await client.request(path, { method });
      if (system.behindNginx) {
        expectError(answer, 403);
      } else {
        expectError(answer, 405, 'Method not allowed');
        expect(answer.headers.get('allow')).toMatch(/OPTIONS/);
      }
    });

    test.each(['/nothing', '/meows/a/b', '/search/meow', '/api/meows', '/%00', '/..%2f..%2fetc%2fpasswd'])(
      'the unknown path %s is refused',
      async (path) => {
        const answer = await client.request(path);
        expect([400, 404]).toContain(answer.status);
        expectError(answer, answer.status);
      },
    );

    test.each<[string, RequestInit, string]>([
      ['a list', {}, '/meows?take=1'],
      ['a search', {}, '/search?query=meow'],
      ['a post', { method: 'POST' }, '/meows?body=meow'],
      ['a refused list', {}, '/meows?take=x'],
      ['a refused post', { method: 'POST' }, '/meows'],
      ['a post that is too large', { method: 'POST', body: 'm'.repeat(100_000) }, '/meows'],
      [
        'broken JSON',
        { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
        '/meows',
      ],
      ['an unsupported method', { method: 'PUT' }, '/meows'],
      ['a missing meow', {}, '/meows/unknown'],
      ['an unknown path', {}, '/nothing'],
      ['HEAD', { method: 'HEAD' }, '/meows'],
      ['the pusher without an upgrade', {}, '/pusher'],
    ])('any page may read %s, which carries the security headers', async (_, init, path) => {
      const answer = await client.request(path, { ...init });
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('x-request-id')).toMatch(/\S/);
      expect(answer.headers.get('x-powered-by')).toBeNull();
      expect(Object.fromEntries(answer.headers)).toMatchObject(EDGE_HEADERS);
    });

    test.each<[string, RequestInit, string]>([
      ['/meows', {}, 'no-cache'],
      ['/meows', { method: 'HEAD' }, 'no-cache'],
      ['/search?query=meow', {}, 'no-cache'],
      ['/feed.atom', {}, 'no-cache'],
      ['/meows?body=meow', { method: 'POST' }, 'no-store'],
      ['/meows', { method: 'PUT' }, 'no-store'],
      ['/meows?take=x', {}, 'no-store'],
      ['/meows/unknown', {}, 'no-store'],
      ['/nothing', {}, 'no-store'],
      ['/pusher', {}, 'no-store'],
    ])('the answer to %s %j has Cache-Control: %s', async (path, init, cacheControl) => {
      const answer = await client.request(path, init);
      expect(answer.headers.get('cache-control')).toBe(cacheControl);
    });

    test('returns the request id of the caller', async () => {
      const answer = await client.request('/meows?take=1', { headers: { 'x-request-id': 'cat-17' } });
      expect(answer.headers.get('x-request-id')).toBe('cat-17');
      const other = await client.request('/meows?take=1', { headers: { 'x-request-id': 'no "word"' } });
      expect(other.headers.get('x-request-id')).toMatch(/^[\w.:-]+$/);
    });

    test('GET /healthz reports that the service is alive', async () => {
      expect(await client.request('/healthz')).toMatchObject({ status: 200, json: { status: 'alive' } });
    });
  });
}
