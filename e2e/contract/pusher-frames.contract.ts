import { describe, expect, test } from 'vitest';
import { Client } from './http-client.ts';
import { firstAnswer } from './raw-socket.ts';
import type { Subject } from './system-under-test.ts';
import { uniqueWord } from './unique-word.ts';
import { refusedUpgrade, Watcher } from './websocket-client.ts';

/** What comes, in which order. Who may not come. */
export function pusherFramesContract(subject: Subject): void {
  describe('live', () => {
    const client = new Client(subject);
    const open = () => Watcher.open(subject.url());

    test('a new meow comes as one text frame, with what the list says about it', async () => {
      const watcher = await open();
      const id = await client.meow(`<b> & ${uniqueWord()} 🐱`);
      const frame = await watcher.meow(id);
      const listed = await client.listed(id);
      expect(frame).toEqual({ kind: 1, ...listed, seq: expect.any(Number) });
      expect(Number.isSafeInteger(frame.seq)).toBe(true);
      expect(frame.body).toMatch(/^&lt;b&gt; &amp; /);
      await watcher.close();
    });

    test('every meow comes once to every socket, in one order, and seq grows', async () => {
      const watchers = await Promise.all([open(), open(), open()]);
      const posted = await Promise.all(
        Array.from({ length: 10 }, () => client.meows('a', 'b', 'c', 'd', 'e')),
      );
      const ids = posted.flat();
      for (const watcher of watchers) for (const id of ids) await watcher.meow(id);
      // What comes now is behind all that could come twice.
      const last = await client.meow('last');
      for (const watcher of watchers) await watcher.meow(last);

      const [one, two, three] = watchers.map((watcher) => watcher.meows);
      expect(one?.map((frame) => frame.id).sort()).toEqual([...ids, last].sort());
      expect(two).toEqual(one);
      expect(three).toEqual(one);
      const seqs = one?.map((frame) => frame.seq) ?? [];
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      await Promise.all(watchers.map((watcher) => watcher.close()));
    });

    test('the meows of one caller come in the order of their posts', async () => {
      const watcher = await open();
      const ids = await client.meows(...Array.from({ length: 30 }, (_, i) => `meow ${i}`));
      await watcher.meow(ids.at(-1) as string);
      expect(watcher.meows.map((frame) => frame.id)).toEqual(ids);
      await watcher.close();
    });

    test('nothing that was posted before comes to a socket without a cursor', async () => {
      const before = await open();
      await before.meow(await client.meow('earlier'));
      const watcher = await open();
      const id = await client.meow('now');
      await watcher.meow(id);
      expect(watcher.frames.map((frame) => 'id' in frame && frame.id)).toEqual([id]);
      await Promise.all([before.close(), watcher.close()]);
    });
  });

  describe('an upgrade', () => {
    const client = new Client(subject);

    test('is required: a plain GET is told so with 426', async () => {
      const answer = await client.request('/pusher');
      expect(answer).toMatchObject({ status: 426, json: { error: 'Upgrade to WebSocket required' } });
    });

    test.each(['/meows', '/', '/pusher/more', '/nothing'])('to %s is none', async (path) => {
      expect((await refusedUpgrade(subject.url(), path)).status).not.toBe(101);
    });

    test.each([
      ['with another version', 'Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: Y2F0IGNhdCBjYXQgY2F0IQ=='],
      ['without a key', 'Sec-WebSocket-Version: 13'],
      ['without a version', 'Sec-WebSocket-Key: Y2F0IGNhdCBjYXQgY2F0IQ=='],
    ])('%s is refused', async (_, headers) => {
      const upgrade = 'Host: cat\r\nConnection: Upgrade\r\nUpgrade: websocket';
      const answer = await firstAnswer(
        subject.url(),
        `GET /pusher HTTP/1.1\r\n${upgrade}\r\n${headers}\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    });

    test.each(['abc', '-1', '1.5', '', '1e3', '%201', '99999999999999999999', '1&cursor=2', '%zz', '%00'])(
      'with the cursor "%s" is refused',
      async (cursor) => {
        const { status, text } = await refusedUpgrade(subject.url(), `/pusher?cursor=${cursor}`);
        expect(status).toBe(400);
        expect(JSON.parse(text)).toEqual({
          error: expect.stringMatching(/^Invalid (cursor parameter|query string)$/),
        });
      },
    );
  });
}
