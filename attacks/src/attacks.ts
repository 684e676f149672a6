import type { Socket } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import type { Random } from '@meower/faults/seeded-random.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import { Client, type Target } from './client.ts';

/** Does harm until the signal aborts. Every attack is bounded. */
type Attack = (target: Target, signal: AbortSignal, random: Random) => Promise<void>;

/** The addresses of attackers: several, each of which stays below or exceeds its limits. */
const FIRST_ADDRESS = 20;
const MOST_ADDRESSES = 200;

export const attacks: Record<string, Attack> = {
  'compressed bodies': onEach(8, async (client) => {
    const body = brotliCompressSync(Buffer.alloc(60_000, 'm'));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'br' };
    await burst(50, () => client.request('/meows', { method: 'POST', headers, body }));
  }),
  'a flood of posts': onEach(4, (client) => burst(100, () => client.post('flood'))),
  'challenges, and proofs of work that prove nothing': onEach(4, (client) =>
    burst(50, async () => {
      await client.request('/challenge?key=flood');
      await client.request('/meows?body=flood', { method: 'POST', headers: { altcha: 'e30=' } });
    }),
  ),
  'a flood of reports': onEach(4, async (client) => {
    const listed = await client.request('/meows?take=1');
    const id = listed.status === 200 ? JSON.parse(listed.body)[0]?.id : 'unknown';
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ reason: 'spam', text: 'm'.repeat(500) });
    await burst(50, () => client.request(`/meows/${id}/reports`, { method: 'POST', headers, body }));
  }),
  'old cursors': onEach(50, async (client) => {
    const socket = await client.upgrade('/pusher?cursor=0');
    await sleep(20);
    socket.destroy();
  }),
  'expensive searches': onEach(4, async (client) => {
    const words = 'cat dog paw fur nap sun box toy tea ivy';
    await burst(8, () => client.request(`/search?skip=900&take=100&query=${encodeURIComponent(words)}`));
  }),
  'deep pages': onEach(8, (client) => burst(8, () => client.request('/meows?skip=10000&take=1000'))),
  'pipelined lists': onEach(20, async (client) => {
    const socket = await client.dial();
    socket.write(client.head('GET /meows?take=1000').repeat(1100));
    await untilQuiet(socket, 2000);
    socket.destroy();
  }),
  'readers that do not read': onEach(10, async (client, signal) => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => client.dial()));
    for (const socket of sockets) socket.pause().write(client.head('GET /meows?take=1000').repeat(10));
    await sleep(3000, signal);
    for (const socket of sockets) socket.destroy();
  }),
  'bodies that drip': onEach(20, async (client, signal) => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => client.dial()));
    for (const socket of sockets) socket.write(client.head('POST /meows', { 'content-length': '1000' }));
    for (let i = 0; i < 10 && !signal.aborted; i++) {
      for (const socket of sockets) socket.write('m');
      await sleep(300, signal);
    }
    for (const socket of sockets) socket.destroy();
  }),
  'empty fragments': onEach(20, async (client) => {
    const socket = await client.upgrade();
    const empty = Buffer.from('008000000000', 'hex');
    socket.write(Buffer.concat([Buffer.from('018000000000', 'hex'), ...Array(100_000).fill(empty)]));
    await untilQuiet(socket, 1000);
    socket.destroy();
  }),
  'random frames': onEach(10, async (client, _signal, random) => {
    const socket = await client.upgrade();
    for (let i = 0; i < 20 && !socket.destroyed; i++) socket.write(randomBytes(random, 200));
    await untilQuiet(socket, 200);
    socket.destroy();
  }),
  'random bodies': onEach(4, async (client, _signal, random) => {
    const types = [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=m',
      'a/b',
    ];
    await burst(8, async () => {
      const headers = { 'content-type': random.oneOf(types) };
      const { status, body } = await client.request('/meows', {
        method: 'POST',
        headers,
        body: randomBytes(random, 500),
      });
      if (status >= 500) throw new Error(`a random body was answered with ${status} ${body}`);
    });
  }),
};

/** Repeats a step from so many addresses. A connection that the server cut is no failure of the attack. */
function onEach(
  addresses: number,
  step: (client: Client, signal: AbortSignal, random: Random) => Promise<unknown>,
): Attack {
  return async (target, signal, random) => {
    const attackers = Array.from({ length: Math.min(addresses, MOST_ADDRESSES) }, async (_, i) => {
      const client = new Client(target, FIRST_ADDRESS + i);
      while (!signal.aborted) {
        await step(client, signal, random).catch((error: NodeJS.ErrnoException) => {
          if (error.code === undefined && error.name !== 'TimeoutError') throw error;
        });
        await sleep(10, signal);
      }
      client.close();
    });
    await Promise.all(attackers);
  };
}

async function burst(count: number, send: () => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled(Array.from({ length: count }, send));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Reads and forgets until nothing came for so long, or the socket is closed. */
async function untilQuiet(socket: Socket, ms: number): Promise<void> {
  let last = performance.now();
  socket.on('data', () => {
    last = performance.now();
  });
  while (!socket.destroyed && performance.now() - last < ms) await sleep(20);
}

function randomBytes(random: Random, most: number): Buffer<ArrayBuffer> {
  return Buffer.from(Array.from({ length: random.between(1, most) }, () => random.between(0, 255)));
}
