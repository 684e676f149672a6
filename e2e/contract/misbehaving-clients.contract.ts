import { once } from 'node:events';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { HttpClient } from './http-client.ts';
import { dial, readFirstChunk, readUntilEnd, sendRaw } from './raw-socket.ts';
import type { SystemUnderTest } from './system-under-test.ts';

/** nginx closes the connection of a slow client without a response; a service answers 408. */
const REFUSED_OR_CLOSED = /^(HTTP\/1\.1 4\d\d .*)?$/s;
const REFUSED = /^HTTP\/1\.1 4\d\d /;
/** Refused with the reason. */
const ERROR = /^HTTP\/1\.1 4\d\d .*\r\n\r\n\{"error":"[^"]+"\}$/s;
const FORM = 'Host: cat\r\nContent-Type: application/x-www-form-urlencoded\r\n';
const WEBSOCKET =
  'Host: cat\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Y2F0IGNhdCBjYXQgY2F0IQ==\r\n';
/** A connection without a request, and requests that go no further. */
const INCOMPLETE = [
  '',
  'GET /meows HTTP/1.1\r\nHost: c',
  `POST /meows HTTP/1.1\r\n${FORM}Content-Length: 100\r\n\r\nbody=me`,
  `POST /meows HTTP/1.1\r\n${FORM}Transfer-Encoding: chunked\r\n\r\n5\r\nbo`,
  'POST /meows HTTP/1.1\r\nHost: cat\r\nContent-Type: multipart/form-data; boundary=cat\r\nContent-Length: 1000\r\n\r\n--cat\r\nContent-Disposition: form-data; name="body"\r\n\r\nme',
];

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
    ])('%s is refused with the reason', async (_, bytes) => {
      expect(await sendRaw(system.url(), bytes)).toMatch(ERROR);
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

    test.each([
      '/meows',
      `/meows/${'0'.repeat(27)}`,
      '/search?query=cat',
      '/',
      '/healthz',
      '/pusher/more',
      '/nothing',
    ])('requests a WebSocket on %s is refused and disconnected', async (path) => {
      const request = `GET ${path} HTTP/1.1\r\n${WEBSOCKET}\r\n`;
      // Nginx forwards no upgrade on these paths: the service answers a plain request.
      if (system.behindNginx)
        expect(await readFirstChunk(system.url(), request)).not.toMatch(/^HTTP\/1\.1 101 /);
      else expect(await sendRaw(system.url(), request)).toMatch(ERROR);
    });

    test('requests a WebSocket and sends a body is refused', async () => {
      const request = `GET /pusher HTTP/1.1\r\n${WEBSOCKET}Content-Length: 4\r\n\r\nmeow`;
      expect(await readFirstChunk(system.url(), request)).toMatch(REFUSED);
    });

    test('pipelines a request and one for a WebSocket is answered in order', async () => {
      const socket = dial(system.url());
      const received: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => received.push(chunk));
      socket.write(`GET /meows?take=1 HTTP/1.1\r\nHost: cat\r\n\r\nGET /pusher HTTP/1.1\r\n${WEBSOCKET}\r\n`);
      await vi.waitFor(
        () =>
          expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1\.1 200 .*\]HTTP\/1\.1 (101|400) /s),
        10_000,
      );
      socket.destroy();
    });

    test('offers HTTP/2 with a post is answered in HTTP/1.1', async () => {
      const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
      const request = `POST /meows HTTP/1.1\r\n${FORM}${offer}Content-Length: 9\r\n\r\nbody=meow`;
      expect(await readFirstChunk(system.url(), request)).toMatch(/^HTTP\/1\.1 200 /);
    });

    test('starts with HTTP/2 is refused or disconnected', async () => {
      const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
      expect(await sendRaw(system.url(), preface)).toMatch(REFUSED_OR_CLOSED);
    });

    test('uses Meower as a proxy is refused', async () => {
      const answer = await sendRaw(
        system.url(),
        'CONNECT cat:80 HTTP/1.1\r\nHost: cat:80\r\nConnection: close\r\n\r\n',
      );
      expect(answer).toMatch(ERROR);
    });

    test('expects 100-continue receives it', async () => {
      const socket = dial(system.url());
      const answer = readUntilEnd(socket);
      socket.write(
        `POST /meows HTTP/1.1\r\n${FORM}Connection: close\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n`,
      );
      await once(socket, 'data');
      socket.write('body=meow');
      expect(await answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    });

    test('has an unknown expectation is answered like any other', async () => {
      const request = `GET /meows?take=x HTTP/1.1\r\nHost: cat\r\nConnection: close\r\nExpect: food\r\n\r\n`;
      expect(await sendRaw(system.url(), request)).toMatch(/\{"error":"Invalid take parameter"\}$/);
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

/** Clients that wait for the server's timeouts from now on, while others are tested, and the test of their end. */
export function slowClientsContract(system: SystemUnderTest): { areDisconnected(): void } {
  let answers: Promise<string[]>;
  beforeAll(() => {
    answers = Promise.all(INCOMPLETE.map((request) => sendRaw(system.url(), request)));
    answers.catch(() => {}); // reported by the test that awaits them
  });
  return {
    areDisconnected() {
      test('a client that never completes its request is disconnected', { timeout: 70_000 }, async () => {
        for (const answer of await answers) expect(answer).toMatch(REFUSED_OR_CLOSED);
      });
    },
  };
}
