import { once } from 'node:events';
import { deletedEvent, meowDeleted, publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import type { Reading } from '@meower/shared/metrics/reading.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createPusherService, PUSHER_DEFAULTS } from './service.ts';
import { textFrame } from './text-frame.ts';

const newMeowId = createIdGenerator();
const SOON = { timeout: 15_000 };
/** Heartbeats would be counted as frames. */
const RARELY_MS = 3_600_000;

test('a meow whose event comes after its deletion is not sent, also by a pusher that starts in between', async () => {
  await using opened = new AsyncDisposableStack();
  const broker = createInProcessBroker({ logger: silentLogger });
  opened.defer(() => broker.close());
  const [gone, stays] = [
    { ...newMeowId(), body: 'gone' },
    { ...newMeowId(), body: 'stays' },
  ];
  await broker.publish(meowDeleted.name, [deletedEvent(gone.id, {})]);
  const service = createPusherService({ broker, logger: silentLogger, heartbeatMs: RARELY_MS });
  const { port, close } = await serve([service], { logger: silentLogger, port: 0 });
  opened.defer(close);
  await vi.waitFor(
    async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200),
    SOON,
  );
  const socket = new WebSocket(`ws://127.0.0.1:${port}/pusher`);
  opened.defer(() => socket.terminate());
  await once(socket, 'open');
  const bodies: string[] = [];
  socket.on('message', (data) => bodies.push((JSON.parse(String(data)) as { body: string }).body));
  await publishMeowsCreated(broker, [gone, stays]);
  await vi.waitFor(() => expect(bodies).toEqual(['stays']), SOON);
});

test('refuses pages of origins that are not allowed, with a sentence', async () => {
  await using opened = new AsyncDisposableStack();
  const broker = createInProcessBroker({ logger: silentLogger });
  opened.defer(() => broker.close());
  const origins = new Set(['https://cats.example']);
  const service = createPusherService({ broker, logger: silentLogger, origins });
  const { port, close } = await serve([service], { logger: silentLogger, port: 0 });
  opened.defer(close);
  await vi.waitFor(
    async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200),
    SOON,
  );
  /** The body of the refusal, or `undefined`. */
  const connect = async (origin: string): Promise<string | undefined> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/pusher`, { origin });
    opened.defer(() => socket.terminate());
    const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
      expect(response.statusCode).toBe(403);
      return Buffer.concat(await response.toArray()).toString();
    });
    return Promise.race([refused, once(socket, 'open').then(() => undefined)]);
  };
  expect(await connect('https://cats.example')).toBeUndefined();
  expect(await connect(`http://127.0.0.1:${port}`)).toBeUndefined();
  expect(await connect('https://dogs.example')).toBe('{"error":"Pages of other sites may not listen here"}');
});

/** A started pusher, what it reports, and how to connect to it. */
async function startMeasured(options = {}) {
  const opened = new AsyncDisposableStack();
  const broker = createInProcessBroker({ logger: silentLogger });
  opened.defer(() => broker.close());
  const service = createPusherService({ broker, logger: silentLogger, heartbeatMs: RARELY_MS, ...options });
  const { port, close } = await serve([service], { logger: silentLogger, port: 0 });
  opened.defer(close);
  await vi.waitFor(
    async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200),
    SOON,
  );
  const read = async (name: string) =>
    (service.readings as readonly Reading[]).find((reading) => reading.name === `meower_${name}`)?.read();
  const connect = async (query = '') => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/pusher${query}`);
    opened.defer(() => socket.terminate());
    const messages: Buffer[] = [];
    socket.on('message', (data: Buffer) => messages.push(data));
    await once(socket, 'open');
    return { socket, messages };
  };
  return { broker, read, connect, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test('counts sockets, the frames and bytes written to them, and clients that resume', async () => {
  await using pusher = await startMeasured();
  const clients = [await pusher.connect(), await pusher.connect()];
  expect(await pusher.read('pusher_sockets')).toBe(2);
  const meows = [1, 2, 3].map((i) => ({ ...newMeowId(), body: `meow ${i}` }));
  await publishMeowsCreated(pusher.broker, meows);
  await vi.waitFor(() => expect(clients.map(({ messages }) => messages.length)).toEqual([3, 3]), SOON);
  expect(await pusher.read('pusher_frames_total')).toBe(6);
  const bytes = clients.flatMap(({ messages }) => messages.map((text) => textFrame(String(text)).length));
  expect(await pusher.read('pusher_bytes_total')).toBe(bytes.reduce((a, b) => a + b));

  const [first] = (clients[0]?.messages ?? []).map((text) => JSON.parse(String(text)) as { seq: number });
  const resumed = await pusher.connect(`?cursor=${first?.seq}`);
  await vi.waitFor(() => expect(resumed.messages).toHaveLength(2), SOON);
  await pusher.connect('?cursor=1');
  await vi.waitFor(
    async () =>
      expect(await pusher.read('pusher_catch_ups_total')).toEqual({
        ring: 1,
        history: 0,
        refetch: 1,
        failed: 0,
      }),
    SOON,
  );
  for (const { socket } of clients) socket.close();
  await vi.waitFor(async () => expect(await pusher.read('pusher_sockets')).toBe(2), SOON);
  expect(await pusher.read('pusher_sockets_opened_total')).toBe(4);
});

test('sends heartbeats, and a ping with every third', async () => {
  await using pusher = await startMeasured({ heartbeatMs: 20 });
  const { socket, messages } = await pusher.connect();
  let pings = 0;
  socket.on('ping', () => pings++);
  await vi.waitFor(() => expect(pings).toBeGreaterThanOrEqual(4), SOON);
  expect(messages.every((text) => String(text) === '{"kind":4}')).toBe(true);
  expect(messages.length).toBeGreaterThanOrEqual(3 * (pings - 1));
  expect(messages.length).toBeLessThanOrEqual(3 * (pings + 1));
});

test('disconnects a client that answers no ping', async () => {
  await using pusher = await startMeasured({ heartbeatMs: 20 });
  const { socket } = await pusher.connect();
  socket.pause();
  await vi.waitFor(
    async () => expect(await pusher.read('pusher_disconnected_total')).toMatchObject({ 'no pong': 1 }),
    SOON,
  );
});

test('counts clients that are disconnected, by reason', async () => {
  const limits = { ...PUSHER_DEFAULTS.limits, maxMessages: 2 };
  await using pusher = await startMeasured({ limits });
  const { socket } = await pusher.connect();
  for (let i = 0; i < 4; i++) socket.send('meow');
  await once(socket, 'close');
  expect(await pusher.read('pusher_disconnected_total')).toMatchObject({
    'too many messages': 1,
    'too slow': 0,
  });
});

test('reports how far the frames are behind the events', async () => {
  await using pusher = await startMeasured();
  const { messages } = await pusher.connect();
  const lag = async () => [
    await pusher.read('consumer_lag_messages'),
    await pusher.read('consumer_lag_seconds'),
  ];
  await publishMeowsCreated(pusher.broker, [{ ...newMeowId(), body: 'meow' }]);
  await vi.waitFor(() => expect(messages).toHaveLength(1), SOON);
  expect(await lag()).toEqual([{ pusher: 0 }, { pusher: 0 }]);
});
