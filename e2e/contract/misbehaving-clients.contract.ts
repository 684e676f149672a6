import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { HttpClient } from './http-client.ts';
import { dial, readFirstChunk, readUntilEnd, sendRaw } from './raw-socket.ts';
import type { SystemUnderTest } from './system-under-test.ts';

/** nginx closes the connection of a slow client without a response; a service answers 408. */
const REFUSED_OR_CLOSED = /^(HTTP\/1\.1 4\d\d .*)?$/s;
const REFUSED = /^HTTP\/1\.1 4\d\d /;
const FORM = 'Host: cat\r\nContent-Type: application/x-www-form-urlencoded\r\n';

/** Clients that are slow, malformed or disconnected get a 4xx, never hang, and do not disturb others. */
export function misbehavingClientsContract(system: SystemUnderTest): void {
  describe('a client that', () => {
    const client = new HttpClient(system);

    afterEach(async () => {
      const id = await client.postMeow('still alive');
      expect(await client.listed(id)).toMatchObject({ body: 'still alive' });
    });

    test.each([
      ['sends garbage', 'meow meow meow\r\n\r\n'],
      ['sends binary garbage', Buffer.from('16030100c5010000c10303ff00fe80', 'hex')],
      ['sends no host', 'GET /meows HTTP/1.1\r\n\r\n'],
      ['sends a broken header', 'GET /meows HTTP/1.1\r\nHost: cat\r\nbad header\r\n\r\n'],
      ['sends a length that is not a number', `POST /meows HTTP/1.1\r\n${FORM}Content-Length: meow\r\n\r\n`],
      [
        'sends two lengths',
        `POST /meows HTTP/1.1\r\n${FORM}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ],
      ['sends a broken chunk', `POST /meows HTTP/1.1\r\n${FORM}Transfer-Encoding: chunked\r\n\r\nmeow\r\n`],
      [
        'sends a header that is too long',
        `GET /meows HTTP/1.1\r\nHost: cat\r\nCookie: ${'m'.repeat(100_000)}\r\n\r\n`,
      ],
      ['sends a URL that is too long', `GET /meows?m=${'m'.repeat(100_000)} HTTP/1.1\r\nHost: cat\r\n\r\n`],
    ])('%s is refused', async (_, bytes) => {
      expect(await sendRaw(system.url(), bytes)).toMatch(REFUSED);
    });

    test('sends byte by byte is answered like any other', async () => {
      const socket = dial(system.url()).setNoDelay();
      const answer = readUntilEnd(socket);
      const request = `POST /meows HTTP/1.1\r\n${FORM}Connection: close\r\nContent-Length: 9\r\n\r\nbody=meow`;
      for (const byte of request) {
        socket.write(byte);
        await new Promise(setImmediate);
      }
      expect(await answer).toMatch(/^HTTP\/1\.1 200 .*\{"id":"[0-9A-Za-z]{27}"\}/s);
    });

    test('pipelines two requests is answered twice, in order', async () => {
      const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: cat\r\n${more}\r\n`;
      const answer = await sendRaw(
        system.url(),
        get('/meows?take=x') + get('/search', 'Connection: close\r\n'),
      );
      expect(answer).toMatch(/Invalid take parameter.*Missing query parameter/s);
    });

    test('offers an upgrade to HTTP/2 is answered in HTTP/1.1', async () => {
      const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
      const answer = await readFirstChunk(
        system.url(),
        `GET /meows?take=1 HTTP/1.1\r\nHost: cat\r\n${offer}\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    });

    test('disconnects before its request is complete does no harm', async () => {
      const incomplete = [
        'GET /meo',
        `POST /meows HTTP/1.1\r\n${FORM}Content-Length: 100\r\n\r\nbody=me`,
        `POST /meows HTTP/1.1\r\n${FORM}Transfer-Encoding: chunked\r\n\r\n5\r\nbo`,
        'POST /meows HTTP/1.1\r\nHost: cat\r\nContent-Type: multipart/form-data; boundary=cat\r\nContent-Length: 1000\r\n\r\n--cat\r\nContent-Disposition: form-data; name="body"\r\n\r\nme',
        'GET /pusher HTTP/1.1\r\nHost: cat\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n',
      ];
      await Promise.all(
        incomplete.flatMap((request) => [
          disconnect(request, (socket) => socket.destroy()),
          disconnect(request, (socket) => socket.resetAndDestroy()),
          disconnect(request, (socket) => socket.end()),
        ]),
      );
    });

    test('disconnects during the response does no harm', async () => {
      await Promise.all(
        Array.from({ length: 30 }, async () => {
          const socket = dial(system.url());
          socket.on('error', () => {});
          socket.write('GET /meows?take=1000 HTTP/1.1\r\nHost: cat\r\n\r\n'.repeat(3));
          await once(socket, 'data');
          socket.resetAndDestroy();
        }),
      );
    });

    test('never completes its request is disconnected', { timeout: 70_000 }, async () => {
      const slow = [
        '',
        'GET /meows HTTP/1.1\r\nHost: c',
        `POST /meows HTTP/1.1\r\n${FORM}Content-Length: 100\r\n\r\nbody=me`,
        `POST /meows HTTP/1.1\r\n${FORM}Transfer-Encoding: chunked\r\n\r\n5\r\nbo`,
        'POST /meows HTTP/1.1\r\nHost: cat\r\nContent-Type: multipart/form-data; boundary=cat\r\nContent-Length: 1000\r\n\r\n--cat\r\nContent-Disposition: form-data; name="body"\r\n\r\nme',
      ];
      const answers = await Promise.all(slow.map((request) => sendRaw(system.url(), request)));
      for (const answer of answers) expect(answer).toMatch(REFUSED_OR_CLOSED);
    });

    async function disconnect(
      request: string,
      end: (socket: ReturnType<typeof dial>) => void,
    ): Promise<void> {
      const socket = dial(system.url());
      const ended = readUntilEnd(socket);
      await new Promise((resolve) => socket.write(request, resolve));
      end(socket);
      await ended;
    }
  });
}
