import type { Socket } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import { sleep } from '@meower/shared/async/sleep.ts';
import { type Address, Client } from './client.ts';
import { randomBodies, randomFrames } from './fuzz.ts';

/** Attacks until the process ends. Each attack is bounded. */
type Attack = (target: Address, seed: number) => Promise<void>;

/** The addresses of attackers: several, each of which stays below or exceeds its limits. */
const FIRST_ADDRESS = 40;
const MOST_ADDRESSES = 200;

const EXPENSIVE_WORDS = 'cat dog paw fur nap sun box toy tea ivy';
export const EXPENSIVE_SEARCH = `/search?skip=900&take=100&query=${encodeURIComponent(EXPENSIVE_WORDS)}`;

/** For CI: those whose figures are far from the limit also on two busy cores. */
export const SHORT = [
  'compressed bodies',
  'a flood of posts',
  'old cursors',
  'expensive searches',
  'pipelined lists',
];

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
  'expensive searches': onEach(4, (client) => burst(8, () => client.request(EXPENSIVE_SEARCH))),
  'deep pages': onEach(8, (client) => burst(8, () => client.request('/meows?skip=10000&take=1000'))),
  'pipelined lists': onEach(20, async (client) => {
    const socket = await client.dial();
    socket.write(client.head('GET /meows?take=1000').repeat(1100));
    await untilQuiet(socket, 2000);
    socket.destroy();
  }),
  'readers that do not read': onEach(10, async (client) => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => client.dial()));
    for (const socket of sockets) socket.pause().write(client.head('GET /meows?take=1000').repeat(10));
    await sleep(3000);
    for (const socket of sockets) socket.destroy();
  }),
  'WebSockets that do not read': onEach(5, async (client) => {
    for (let i = 0; i < 100; i++) (await client.upgrade()).pause();
    await sleep(60_000);
  }),
  'bodies that drip': onEach(20, async (client) => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => client.dial()));
    for (const socket of sockets) socket.write(client.head('POST /meows', { 'content-length': '1000' }));
    for (let i = 0; i < 10; i++) {
      for (const socket of sockets) socket.write('m');
      await sleep(300);
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
  'random frames': onEach(20, async (client, seed) => {
    const socket = await client.upgrade();
    for (const frame of randomFrames(seed, 20)) socket.write(frame);
    await untilQuiet(socket, 100);
    socket.destroy();
  }),
  'random bodies': onEach(100, async (client, seed) => {
    const bodies = randomBodies(seed, 8);
    await burst(8, async (i) => {
      const { type, bytes } = bodies[i] as (typeof bodies)[number]; // there are as many
      const headers = { 'content-type': type };
      const { status, body } = await client.request('/meows', { method: 'POST', headers, body: bytes });
      if (status >= 500)
        throw new Error(`${status} ${body} answers ${type} ${Buffer.from(bytes).toString('base64')}`);
    });
  }),
};

/**
 * Repeats a step from so many addresses, each time with another seed. A connection that the server cut is no
 * failure of the attack.
 */
function onEach(addresses: number, step: (client: Client, seed: number) => Promise<unknown>): Attack {
  return async (target, seed) => {
    const attackers = Array.from({ length: Math.min(addresses, MOST_ADDRESSES) }, async (_, i) => {
      const client = new Client(target, FIRST_ADDRESS + i);
      for (let turn = 0; ; turn++) {
        await step(client, seed + i + MOST_ADDRESSES * turn).catch((error: NodeJS.ErrnoException) => {
          if (error.code === undefined && error.name !== 'TimeoutError') throw error;
        });
        await sleep(10);
      }
    });
    await Promise.all(attackers);
  };
}

async function burst(count: number, send: (i: number) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled(Array.from({ length: count }, (_, i) => send(i)));
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
