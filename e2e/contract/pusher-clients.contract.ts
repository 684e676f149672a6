import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Client } from './http-client.ts';
import { dial, untilEnd } from './raw-socket.ts';
import type { Subject } from './system-under-test.ts';
import { Watcher } from './websocket-client.ts';

/** What a client may do, and what is done with one that does more. */
export function pusherClientsContract(subject: Subject): void {
  describe('a client', () => {
    const client = new Client(subject);
    const open = () => Watcher.open(subject.url());

    test('may say something, and is ignored', async () => {
      const watcher = await open();
      for (const message of ['meow', '{"kind":1,"body":"mine"}', '', '🐱'.repeat(1000)])
        watcher.webSocket.send(message);
      watcher.webSocket.send(Buffer.from([0, 1, 2, 255]));
      const id = await client.meow('after the messages');
      await watcher.meow(id);
      expect(watcher.frames).toHaveLength(1);
      await watcher.close();
    });

    test('is answered its ping', async () => {
      const watcher = await open();
      const pong = once(watcher.webSocket, 'pong');
      watcher.webSocket.ping('are you there?');
      expect(String((await pong)[0])).toBe('are you there?');
      await watcher.close();
    });

    test('that closes is answered with its own code', async () => {
      const watcher = await open();
      watcher.webSocket.close(1000);
      expect(await watcher.closed).toMatchObject({ code: 1000 });
    });

    test('that sends a message of 5000 bytes is closed with 1009', async () => {
      const watcher = await open();
      watcher.webSocket.send('m'.repeat(5000));
      expect(await watcher.closed).toMatchObject({ code: 1009 });
    });

    test.each<[string, (watcher: Watcher) => void]>([
      ['messages', ({ webSocket }) => webSocket.send('meow')],
      ['pongs', ({ webSocket }) => webSocket.pong()],
    ])('that sends too many %s is closed with 1008', async (_, send) => {
      const watcher = await open();
      for (let i = 0; i < 1000; i++) send(watcher);
      expect(await watcher.closed).toMatchObject({ code: 1008 });
    });

    test('that sends too many pings is closed with 1008, or cut off when it does not wait for the pongs', async () => {
      const patient = await open();
      patient.webSocket.on('pong', () => patient.webSocket.ping());
      patient.webSocket.ping();
      expect(await patient.closed).toMatchObject({ code: 1008 });

      const impatient = await open();
      for (let i = 0; i < 1000; i++) impatient.webSocket.ping();
      expect((await impatient.closed).code).toBeOneOf([1006, 1008]);
    });

    test.each([
      ['an unmasked frame', '8101 6d'],
      ['an unknown opcode', '8380 00000000'],
      ['a reserved bit', 'c180 00000000'],
      ['a text that is no UTF-8', '8181 00000000 ff'],
      ['a control frame in pieces', '0980 00000000'],
      ['a frame of 2^63 bytes', '81ff 7fffffffffffffff 00000000'],
    ])('that sends %s is cut off, and nobody else', async (_, frame) => {
      const other = await open();
      const watcher = await open();
      rawSocketOf(watcher).write(Buffer.from(frame.replaceAll(' ', ''), 'hex'));
      await watcher.closed;
      await other.meow(await client.meow('to the others'));
      await other.close();
    });

    test('that vanishes without a word costs the others nothing', async () => {
      const other = await open();
      const gone = await Promise.all(Array.from({ length: 20 }, open));
      const posting = client.meows(...Array.from({ length: 20 }, () => 'meow'));
      for (const watcher of gone) rawSocketOf(watcher).resetAndDestroy();
      for (const id of await posting) await other.meow(id);
      await other.close();
    });

    test('that never reads is dropped, and delays nobody', { timeout: 120_000 }, async () => {
      const other = await open();
      const sleeper = dial(subject.url());
      sleeper.write(
        'GET /pusher HTTP/1.1\r\nHost: cat\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Y2F0IGNhdCBjYXQgY2F0IQ==\r\n\r\n',
      );
      const [head] = await once(sleeper, 'data');
      expect(String(head)).toMatch(/^HTTP\/1\.1 101 /);
      sleeper.pause();

      // More than the system's buffers on the way and the bytes that may wait can hold.
      const ids = await flood(subject.behindNginx ? 40_000 : 12_000);
      await other.meow(await client.meow('behind the flood'));
      expect(other.meows).toHaveLength(ids.length + 1);

      const received = untilEnd(sleeper.resume());
      expect((await received).split('"kind":1').length - 1).toBeLessThan(ids.length);
      await other.meow(await client.meow('to the others'));
      await other.close();
    });

    /** Posts the largest meows there are, 880 bytes as a frame. */
    async function flood(count: number): Promise<string[]> {
      const ids: string[] = [];
      const posters = Array.from({ length: 32 }, async (_, poster) => {
        for (let i = poster; i < count; i += 32) ids.push(await client.meow('&'.repeat(140)));
      });
      await Promise.all(posters);
      return ids;
    }

    function rawSocketOf(watcher: Watcher): ReturnType<typeof dial> {
      // `ws` has no public way to say what its protocol forbids.
      return (watcher.webSocket as unknown as { _socket: ReturnType<typeof dial> })._socket;
    }
  });
}
