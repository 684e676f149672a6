import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { HttpClient } from './http-client.ts';
import { dial, readUntilEnd } from './raw-socket.ts';
import type { SystemUnderTest } from './system-under-test.ts';
import { WebSocketClient } from './websocket-client.ts';

/** What clients may send, and which clients are disconnected. */
export function pusherClientsContract(system: SystemUnderTest): void {
  describe('a client', () => {
    const client = new HttpClient(system);
    const open = () => WebSocketClient.open(system.url());

    test('may send messages, which are ignored', async () => {
      const socket = await open();
      for (const message of ['meow', '{"kind":1,"body":"mine"}', '', '🐱'.repeat(1000)])
        socket.webSocket.send(message);
      socket.webSocket.send(Buffer.from([0, 1, 2, 255]));
      const id = await client.postMeow('after the messages');
      await socket.waitForMeow(id);
      expect(socket.frames).toHaveLength(1);
      await socket.close();
    });

    test('gets a pong for its ping', async () => {
      const socket = await open();
      const pong = once(socket.webSocket, 'pong');
      socket.webSocket.ping('are you there?');
      expect(String((await pong)[0])).toBe('are you there?');
      await socket.close();
    });

    test('that closes is answered with its own code', async () => {
      const socket = await open();
      socket.webSocket.close(1000);
      expect(await socket.closed).toMatchObject({ code: 1000 });
    });

    test('that sends a message of 5000 bytes is closed with 1009', async () => {
      const socket = await open();
      socket.webSocket.send('m'.repeat(5000));
      expect(await socket.closed).toMatchObject({ code: 1009 });
    });

    test.each<[string, (socket: WebSocketClient) => void]>([
      ['messages', ({ webSocket }) => webSocket.send('meow')],
      ['pongs', ({ webSocket }) => webSocket.pong()],
    ])('that sends too many %s is closed with 1008', async (_, send) => {
      const socket = await open();
      for (let i = 0; i < 1000; i++) send(socket);
      expect(await socket.closed).toMatchObject({ code: 1008 });
    });

    test('that sends a flood of empty fragments is disconnected', async () => {
      const socket = await open();
      const start = Buffer.from('018000000000', 'hex');
      const empty = Buffer.from('008000000000', 'hex');
      rawSocketOf(socket).write(Buffer.concat([start, ...Array.from({ length: 100_000 }, () => empty)]));
      expect((await socket.closed).code).toBeOneOf([1006, 1008]);
    });

    test('that sends too many pings is closed with 1008, or disconnected if it does not wait for the pongs', async () => {
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
      ['a text that is not UTF-8', '8181 00000000 ff'],
      ['a fragmented control frame', '0980 00000000'],
      ['a frame of 2^63 bytes', '81ff 7fffffffffffffff 00000000'],
    ])('that sends %s is disconnected, and no other client is', async (_, frame) => {
      const other = await open();
      const socket = await open();
      rawSocketOf(socket).write(Buffer.from(frame.replaceAll(' ', ''), 'hex'));
      await socket.closed;
      await other.waitForMeow(await client.postMeow('to the others'));
      await other.close();
    });

    test('that resets its connection does not disturb others', async () => {
      const other = await open();
      const leaving = await Promise.all(Array.from({ length: 20 }, open));
      const posting = client.postMeows(...Array.from({ length: 20 }, () => 'meow'));
      for (const socket of leaving) rawSocketOf(socket).resetAndDestroy();
      for (const id of await posting) await other.waitForMeow(id);
      await other.close();
    });

    test('that never reads is disconnected, and delays no other client', { timeout: 120_000 }, async () => {
      const other = await open();
      const idle = dial(system.url());
      idle.write(
        'GET /pusher HTTP/1.1\r\nHost: cat\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Y2F0IGNhdCBjYXQgY2F0IQ==\r\n\r\n',
      );
      const [head] = await once(idle, 'data');
      expect(String(head)).toMatch(/^HTTP\/1\.1 101 /);
      idle.pause();

      // More than the buffers of both kernels and the bytes that may wait for a client can hold.
      const ids = await flood(system.behindNginx ? 40_000 : 12_000);
      await other.waitForMeow(await client.postMeow('behind the flood'));
      expect(other.meows).toHaveLength(ids.length + 1);

      const received = readUntilEnd(idle.resume());
      expect((await received).split('"kind":1').length - 1).toBeLessThan(ids.length);
      await other.waitForMeow(await client.postMeow('to the others'));
      await other.close();
    });

    /** Posts meows of the largest size: 880 bytes as a frame. */
    async function flood(count: number): Promise<string[]> {
      const ids: string[] = [];
      const posters = Array.from({ length: 32 }, async (_, poster) => {
        for (let i = poster; i < count; i += 32) ids.push(await client.postMeow('&'.repeat(140)));
      });
      await Promise.all(posters);
      return ids;
    }

    function rawSocketOf(socket: WebSocketClient): ReturnType<typeof dial> {
      // `ws` has no public way to send what the protocol forbids.
      return (socket.webSocket as unknown as { _socket: ReturnType<typeof dial> })._socket;
    }
  });
}
