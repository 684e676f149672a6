import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, test } from 'vitest';
import { expectError, expectRefusal, HttpClient } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';

const LIMIT = 64 * 1024;
const MULTIPART = 'multipart/form-data; boundary=cat';

/** What `POST /meows` refuses, always with a 4xx and `{"error"}`. */
export function postRefusalsContract(system: SystemUnderTest): void {
  describe('POST /meows refuses', () => {
    const client = new HttpClient(system);
    const post = (body: string | Uint8Array<ArrayBuffer>, type?: string, query = '') =>
      client.request(`/meows${query}`, {
        method: 'POST',
        body,
        headers: type ? { 'content-type': type } : {},
      });
    const form = (body: string) => post(body, 'application/x-www-form-urlencoded');

    test.each([
      ['nothing', ''],
      ['white space only', ' \t\r\n\u00a0\u3000'],
      ['141 letters', 'm'.repeat(141)],
      ['141 emoji', '🐱'.repeat(141)],
      ['5000 letters', 'm'.repeat(5000)],
    ])('%s', async (_, body) => {
      expectError(await client.postForm({ body }), 400, 'Invalid body');
      expectError(await client.postJson(JSON.stringify({ body })), 400, 'Invalid body');
      const query = encodeURIComponent(body);
      expectError(await client.request(`/meows?body=${query}`, { method: 'POST' }), 400, 'Invalid body');
    });

    test('a request without any body', async () => {
      expectError(await client.request('/meows', { method: 'POST' }), 400, 'Invalid body');
    });

    test.each(['{"body":1}', '{"body":null}', '{"body":["meow"]}', '{"body":{"a":"b"}}', '{}', '[]'])(
      'JSON without a text: %s',
      async (json) => {
        expectError(await client.postJson(json), 400, 'Invalid body');
      },
    );

    test.each(['', '{', '{"body":"meow"', '"meow"', 'null', '17', '{"body":"\0"}', "{'body':'meow'}"])(
      'a body that is not a JSON object: %j',
      async (json) => {
        expectRefusal(await client.postJson(json));
      },
    );

    test.each(['body=one&body=two', 'body[]=one', 'body[a]=one', 'body=one&body[a]=two'])(
      'a repeated or nested field: %s',
      async (fields) => {
        expectError(await form(fields), 400, 'Invalid body');
        expectError(await client.request(`/meows?${fields}`, { method: 'POST' }), 400, 'Invalid body');
      },
    );

    test('a repeated field in a multipart form', async () => {
      const fields = new FormData();
      fields.append('body', 'one');
      fields.append('body', 'two');
      expectError(await client.request('/meows', { method: 'POST', body: fields }), 400, 'Invalid body');
    });

    test.each(['body=%', 'body=%4', 'body=%zz', 'body=%ff', 'body=%ed%a0%80', '%e4=1&body=meow'])(
      'percent-encoding that is broken or not UTF-8: %s',
      async (encoded) => {
        expectRefusal(await form(encoded));
        expectRefusal(await client.request(`/meows?${encoded}`, { method: 'POST' }));
      },
    );

    test.each([
      ['without a boundary', 'multipart/form-data', '--cat\r\n'],
      ['with another boundary', MULTIPART, '--dog\r\n\r\nmeow\r\n--dog--\r\n'],
      ['cut off in its head', MULTIPART, '--cat\r\nContent-Disp'],
      ['cut off in a field', MULTIPART, '--cat\r\nContent-Disposition: form-data; name="body"\r\n\r\nmeo'],
      ['that is empty', MULTIPART, ''],
      [
        'with a file instead of a text',
        MULTIPART,
        '--cat\r\nContent-Disposition: form-data; name="body"; filename="a.txt"\r\n\r\nmeow\r\n--cat--\r\n',
      ],
    ])('a multipart form %s', async (_, type, body) => {
      expectRefusal(await post(body, type));
    });

    test.each([
      ['a form', 'application/x-www-form-urlencoded', `body=${'m'.repeat(LIMIT)}`],
      ['JSON', 'application/json', JSON.stringify({ body: 'm'.repeat(LIMIT) })],
      ['a multipart form', MULTIPART, multipartOf(1, LIMIT)],
      ['many parts', MULTIPART, multipartOf(4, LIMIT / 3)],
    ])('%s over 64 kB, with its length announced or not', async (_, type, body) => {
      expectError(await post(body, type), 413, 'Request body too large');
      const unannounced = await client.request('/meows', {
        method: 'POST',
        body: ReadableStream.from([Buffer.from(body)]),
        headers: { 'content-type': type },
        duplex: 'half',
      } as RequestInit);
      expectError(unannounced, 413, 'Request body too large');
    });

    test('unsupported types and encodings', async () => {
      expectError(await post('meow', 'text/plain'), 400, 'Invalid body');
      expectError(await post('body=meow', 'text/plain; charset=utf-8'), 400, 'Invalid body');
      expectError(await post('<meow/>', 'application/xml'), 400, 'Invalid body');
      expectError(await post('{"body":"meow"}', 'not a type'), 400, 'Invalid body');
      expectRefusal(await client.postJson('{"body":"meow"}', 'application/json; charset=klingon'));
      const encoded = { 'content-type': 'application/json', 'content-encoding': 'klingon' };
      expectRefusal(await client.request('/meows', { method: 'POST', body: '{}', headers: encoded }));
    });

    test.each(['application/json', 'application/x-www-form-urlencoded', MULTIPART])(
      'compressed bodies of %s',
      async (type) => {
        for (const [encoding, compress] of Object.entries({ gzip: gzipSync, br: brotliCompressSync })) {
          const headers = { 'content-type': type, 'content-encoding': encoding };
          const body = new Uint8Array(compress('{"body":"meow"}'));
          const answer = await client.request('/meows', { method: 'POST', body, headers });
          expectError(answer, 415, 'Unsupported content encoding');
        }
      },
    );

    test('JSON with the same key twice', async () => {
      expectError(await client.postJson('{"body":"one","body":"two"}'), 400, '"body" is there twice');
      expectError(await client.postJson('{"body":"one","b\\u006fdy":"two"}'), 400, '"body" is there twice');
    });

    test('bytes that are not UTF-8', async () => {
      const bytes = Buffer.concat([Buffer.from('body=meow'), Buffer.from([0xff, 0xfe, 0xed, 0xa0, 0x80])]);
      expectError(await post(bytes, 'application/x-www-form-urlencoded'), 400, 'The body is not UTF-8');
      const json = Buffer.concat([Buffer.from('{"body":"meow'), Buffer.from([0xff]), Buffer.from('"}')]);
      expectError(await post(json, 'application/json'), 400, 'The body is not UTF-8');
      const head = Buffer.from('--cat\r\nContent-Disposition: form-data; name="body"\r\n\r\nmeow');
      const multipart = Buffer.concat([head, Buffer.from([0xff]), Buffer.from('\r\n--cat--\r\n')]);
      expectError(await post(multipart, MULTIPART), 400, 'Invalid form');
    });

    test('a body that is set on a prototype', async () => {
      const answer = await client.postJson(
        '{"__proto__":{"body":"meow"},"constructor":{"prototype":{"body":1}}}',
      );
      expectError(answer, 400, 'Invalid body');
      expectError(await client.postJson('{}'), 400, 'Invalid body');
    });
  });
}

function multipartOf(parts: number, size: number): string {
  const part = `--cat\r\nContent-Disposition: form-data; name="field"\r\n\r\n${'m'.repeat(size)}\r\n`;
  return `${part.repeat(parts)}--cat--\r\n`;
}
