import { describe, expect, test } from 'vitest';
import { uniqueWord } from '../unique-word.ts';
import { HttpClient } from './http-client.ts';
import { readFirstChunk } from './raw-socket.ts';
import type { SystemUnderTest } from './system-under-test.ts';
import { refusedUpgrade, WebSocketClient } from './websocket-client.ts';

/** Which frames clients receive, in which order, and which upgrades are refused. */
export function pusherFramesContract(system: SystemUnderTest): void {
  describe('live', () => {
    const client = new HttpClient(system);
    const open = () => WebSocketClient.open(system.url());

    test('a new meow arrives as one text frame, with the same values as in the list', async () => {
      const socket = await open();
      const id = await client.postMeow(`<b> & ${uniqueWord()} 🐱`);
      const frame = await socket.waitForMeow(id);
      const listed = await client.listed(id);
      expect(frame).toEqual({ kind: 1, ...listed, seq: expect.any(Number) });
      expect(Number.isSafeInteger(frame.seq)).toBe(true);
      expect(frame.body).toMatch(/^&lt;b&gt; &amp; /);
      await socket.close();
    });

    test('every meow reaches every socket once, in the same order, with growing seq', async () => {
      const sockets = await Promise.all([open(), open(), open()]);
      const posted = await Promise.all(
        Array.from({ length: 10 }, () => client.postMeows('a', 'b', 'c', 'd', 'e')),
      );
      const ids = posted.flat();
      for (const socket of sockets) for (const id of ids) await socket.waitForMeow(id);
      // A repeated frame would arrive before this one.
      const last = await client.postMeow('last');
      for (const socket of sockets) await socket.waitForMeow(last);

      const [one, two, three] = sockets.map((socket) => socket.meows);
      expect(one?.map((frame) => frame.id).sort()).toEqual([...ids, last].sort());
      expect(two).toEqual(one);
      expect(three).toEqual(one);
      const seqs = one?.map((frame) => frame.seq) ?? [];
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      await Promise.all(sockets.map((socket) => socket.close()));
    });

    test('the meows of one caller arrive in the order of their posts', async () => {
      const socket = await open();
      const ids = await client.postMeows(...Array.from({ length: 30 }, (_, i) => `meow ${i}`));
      await socket.waitForMeow(ids.at(-1) as string);
      expect(socket.meows.map((frame) => frame.id)).toEqual(ids);
      await socket.close();
    });

    test('a socket without a cursor receives no earlier meow', async () => {
      const before = await open();
      await before.waitForMeow(await client.postMeow('earlier'));
      const socket = await open();
      const id = await client.postMeow('now');
      await socket.waitForMeow(id);
      expect(socket.frames.map((frame) => 'id' in frame && frame.id)).toEqual([id]);
      await Promise.all([before.close(), socket.close()]);
    });
  });

  describe('an upgrade', () => {
    const client = new HttpClient(system);

    test('is required: a plain GET is answered with 426', async () => {
      const answer = await client.request('/pusher');
      expect(answer).toMatchObject({ status: 426, json: { error: 'Upgrade to WebSocket required' } });
    });

    test.each(['/meows', '/', '/pusher/more', '/nothing'])('to %s is refused', async (path) => {
      expect((await refusedUpgrade(system.url(), path)).status).not.toBe(101);
    });

    test.each([
      ['with another version', 'Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: Y2F0IGNhdCBjYXQgY2F0IQ=='],
      ['without a key', 'Sec-WebSocket-Version: 13'],
      ['without a version', 'Sec-WebSocket-Key: Y2F0IGNhdCBjYXQgY2F0IQ=='],
    ])('%s is refused', async (_, headers) => {
      const upgrade = 'Host: cat\r\nConnection: Upgrade\r\nUpgrade: websocket';
      const answer = await readFirstChunk(
        system.url(),
        `GET /pusher HTTP/1.1\r\n${upgrade}\r\n${headers}\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*\r\nSec-WebSocket-Version: 13\r\n.*\{"error":"[^"]+"\}$/is);
    });

    test.each(['abc', '-1', '1.5', '', '1e3', '%201', '99999999999999999999', '1&cursor=2', '%zz', '%00'])(
      'with the cursor "%s" is refused',
      async (cursor) => {
        const { status, text } = await refusedUpgrade(system.url(), `/pusher?cursor=${cursor}`);
        expect(status).toBe(400);
        expect(JSON.parse(text)).toEqual({
          error: expect.stringMatching(/^Invalid (cursor parameter|query string)$/),
        });
      },
    );
  });
}
