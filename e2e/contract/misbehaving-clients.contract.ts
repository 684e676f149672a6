import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { Client } from './http-client.ts';
import { dial, firstAnswer, sendRaw, untilEnd } from './raw-socket.ts';
import type { Subject } from './system-under-test.ts';

/** nginx says nothing when it cuts off a slow client, a service says 408. */
const REFUSED_OR_CUT = /^(HTTP\/1\.1 4\d\d .*)?$/s;
const REFUSED = /^HTTP\/1\.1 4\d\d /;
const FORM = 'Host: cat\r\nContent-Type: application/x-www-form-urlencoded\r\n';

/** Clients that are slow, broken or gone: they get a 4xx, never hang, and harm nobody else. */
export function badClientsContract(subject: Subject): void {
  describe('a client that', () => {
    const client = new Client(subject);

    afterEach(async () => {
      const id = await client.meow('still alive');
      expect(await client.listed(id)).toMatchObject({ body: 'still alive' });
    });

    test.each([
      ['says garbage', 'meow meow meow\r\n\r\n'],
      ['says binary garbage', Buffer.from('16030100c5010000c10303ff00fe80', 'hex')],
      ['has no host', 'GET /meows HTTP/1.1\r\n\r\n'],
      ['has a broken header', 'GET /meows HTTP/1.1\r\nHost: cat\r\nbad header\r\n\r\n'],
      ['has a length that is no number', `POST /meows HTTP/1.1\r\n${FORM}Content-Length: meow\r\n\r\n`],
      [
        'has two lengths',
        `POST /meows HTTP/1.1\r\n${FORM}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ],
      ['has a broken chunk', `POST /meows HTTP/1.1\r\n${FORM}Transfer-Encoding: chunked\r\n\r\nmeow\r\n`],
      ['has too long a header', `GET /meows HTTP/1.1\r\nHost: cat\r\nCookie: ${'m'.repeat(100_000)}\r\n\r\n`],
      ['has too long an address', `GET /meows?m=${'m'.repeat(100_000)} HTTP/1.1\r\nHost: cat\r\n\r\n`],
    ])('%s is refused', async (_, bytes) => {
      expect(await sendRaw(subject.url(), bytes)).toMatch(REFUSED);
    });

    test('sends byte by byte is answered like any other', async () => {
      const socket = dial(subject.url()).setNoDelay();
      const answer = untilEnd(socket);
      const request = `POST /meows HTTP/1.1\r\n${FORM}Connection: close\r\nContent-Length: 9\r\n\r\nbody=meow`;
      for (const byte of request) {
        socket.write(byte);
        await new Promise(setImmediate);
      }
      expect(await answer).toMatch(/^HTTP\/1\.1 200 .*\{"id":"[0-9A-Za-z]{27}"\}/s);
    });

    test('asks twice at once is answered twice, in order', async () => {
      const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: cat\r\n${more}\r\n`;
      const answer = await sendRaw(
        subject.url(),
        get('/meows?take=x') + get('/search', 'Connection: close\r\n'),
      );
      expect(answer).toMatch(/Invalid take parameter.*Missing query parameter/s);
    });

    test('offers HTTP/2 is answered in HTTP/1.1', async () => {
      const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
      const answer = await firstAnswer(
        subject.url(),
        `GET /meows?take=1 HTTP/1.1\r\nHost: cat\r\n${offer}\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    });

    test('hangs up before its request is whole harms nobody', async () => {
      const half = [
        'GET /meo',
        `POST /meows HTTP/1.1\r\n${FORM}Content-Length: 100\r\n\r\nbody=me`,
        `POST /meows HTTP/1.1\r\n${FORM}Transfer-Encoding: chunked\r\n\r\n5\r\nbo`,
        'POST /meows HTTP/1.1\r\nHost: cat\r\nContent-Type: multipart/form-data; boundary=cat\r\nContent-Length: 1000\r\n\r\n--cat\r\nContent-Disposition: form-data; name="body"\r\n\r\nme',
        'GET /pusher HTTP/1.1\r\nHost: cat\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n',
      ];
      await Promise.all(
        half.flatMap((request) => [
          hangUp(request, (socket) => socket.destroy()),
          hangUp(request, (socket) => socket.resetAndDestroy()),
          hangUp(request, (socket) => socket.end()),
        ]),
      );
    });

    test('hangs up in the middle of the answer harms nobody', async () => {
      await Promise.all(
        Array.from({ length: 30 }, async () => {
          const socket = dial(subject.url());
          socket.on('error', () => {});
          socket.write('GET /meows?take=1000 HTTP/1.1\r\nHost: cat\r\n\r\n'.repeat(3));
          await once(socket, 'data');
          socket.resetAndDestroy();
        }),
      );
    });

    test('gets no further than half a request is cut off', { timeout: 70_000 }, async () => {
      const slow = [
        '',
        'GET /meows HTTP/1.1\r\nHost: c',
        `POST /meows HTTP/1.1\r\n${FORM}Content-Length: 100\r\n\r\nbody=me`,
        `POST /meows HTTP/1.1\r\n${FORM}Transfer-Encoding: chunked\r\n\r\n5\r\nbo`,
        'POST /meows HTTP/1.1\r\nHost: cat\r\nContent-Type: multipart/form-data; boundary=cat\r\nContent-Length: 1000\r\n\r\n--cat\r\nContent-Disposition: form-data; name="body"\r\n\r\nme',
      ];
      const answers = await Promise.all(slow.map((request) => sendRaw(subject.url(), request)));
      for (const answer of answers) expect(answer).toMatch(REFUSED_OR_CUT);
    });

    async function hangUp(request: string, end: (socket: ReturnType<typeof dial>) => void): Promise<void> {
      const socket = dial(subject.url());
      const gone = untilEnd(socket);
      await new Promise((resolve) => socket.write(request, resolve));
      end(socket);
      await gone;
    }
  });
}
