import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLiveClient, type LiveClientOptions, pusherUrl } from './live-client.ts';
import { fakeSockets } from './testing/fake-socket.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start(options: Partial<LiveClientOptions> = {}) {
  const { sockets, createSocket, latest } = fakeSockets();
  const states: string[] = [];
  const frames: unknown[] = [];
  const opened: boolean[] = [];
  const client = createLiveClient({
    url: (cursor) => `/pusher${cursor === undefined ? '' : `?cursor=${cursor}`}`,
    onFrame: (frame) => frames.push(frame),
    onState: ({ status }) => states.push(status),
    onOpen: ({ resumed }) => opened.push(resumed),
    createSocket,
    random: () => 0,
    isOnline: () => true,
    ...options,
  });
  client.start();
  return { client, sockets, latest, states, frames, opened };
}

const frame = (seq: number) => ({ kind: 1, id: `m${seq}`, body: 'b', created_at: 't', seq });

test('connects first without a cursor and reports that the list must be loaded', () => {
  const { latest, states, opened } = start();
  latest().onopen?.();
  expect(latest().url).toBe('/pusher');
  expect(states).toEqual(['connecting', 'live']);
  expect(opened).toEqual([false]);
});

test('resumes after the last frame on the next connection', () => {
  const { latest, opened } = start();
  latest().onopen?.();
  latest().send(frame(7));
  latest().onclose?.();
  vi.advanceTimersByTime(1_000);
  latest().onopen?.();

  expect(latest().url).toBe('/pusher?cursor=7');
  expect(opened).toEqual([false, true]);
});

test('an announced meow is passed on, and is no place to resume', () => {
  const { latest, frames } = start();
  latest().onopen?.();
  latest().send(frame(7));
  const { seq: _, ...meow } = frame(8);
  latest().send({ ...meow, kind: 5 });
  latest().onclose?.();
  vi.advanceTimersByTime(1_000);
  expect(frames).toHaveLength(2);
  expect(latest().url).toBe('/pusher?cursor=7');
});

test('drops the cursor on a refetch frame', () => {
  const { latest, frames } = start();
  latest().onopen?.();
  latest().send(frame(9_000));
  latest().send({ kind: 2 });
  latest().onclose?.();
  vi.advanceTimersByTime(1_000);

  expect(frames).toHaveLength(2);
  expect(latest().url).toBe('/pusher');
});

test('ignores unknown kinds of frames', () => {
  const { latest, frames } = start();
  latest().send({ kind: 77, seq: 3 });
  expect(frames).toEqual([]);
});

test('waits longer each time while connections fail or last only a moment', () => {
  const { sockets, latest } = start();
  for (const wait of [1_000, 2_000, 4_000]) {
    const before = sockets.length;
    latest().onopen?.();
    latest().onclose?.();
    vi.advanceTimersByTime(wait - 1);
    expect(sockets).toHaveLength(before);
    vi.advanceTimersByTime(1);
    expect(sockets).toHaveLength(before + 1);
  }
});

test('waits briefly again after a connection that lasted', () => {
  const { sockets, latest } = start();
  latest().onclose?.();
  vi.advanceTimersByTime(1_000);
  latest().onclose?.();
  vi.advanceTimersByTime(2_000);
  latest().onopen?.();
  vi.advanceTimersByTime(6_000);
  latest().onclose?.();
  vi.advanceTimersByTime(1_000);
  expect(sockets).toHaveLength(4);
});

test('reports the time of the next attempt when the socket is lost', () => {
  let retryAt = 0;
  const { latest } = start({
    onState: (state) => {
      if (state.status === 'reconnecting') retryAt = state.retryAt;
    },
  });
  latest().onclose?.();
  expect(retryAt).toBe(Date.now() + 1_000);
});

test('closes the socket when the network is lost, reports offline, and keeps trying', () => {
  const { client, sockets, latest, states } = start({ isOnline: () => false });
  latest().onopen?.();
  client.networkLost();
  expect(sockets[0]?.closed).toBe(true);
  expect(states.at(-1)).toBe('offline');
  vi.advanceTimersByTime(1_000);
  expect(sockets).toHaveLength(2);
});

test('leaves one socket and no timer after reconnecting immediately', () => {
  const { client, sockets, latest } = start();
  latest().onclose?.();
  client.reconnectNow();
  latest().onopen?.();
  vi.advanceTimersByTime(15_000);
  expect(sockets.filter(({ closed }) => !closed)).toHaveLength(1);
  expect(sockets).toHaveLength(2);
});

test('gives up a connection that does not open', () => {
  const { sockets, states } = start();
  vi.advanceTimersByTime(10_000);
  expect(sockets[0]?.closed).toBe(true);
  expect(states.at(-1)).toBe('reconnecting');
  vi.advanceTimersByTime(1_000);
  expect(sockets).toHaveLength(2);
});

test('gives up a connection that is silent, and none that sends heartbeats', () => {
  const { sockets, latest, states, frames } = start();
  latest().onopen?.();
  for (let beats = 0; beats < 10; beats++) {
    vi.advanceTimersByTime(15_000);
    latest().send({ kind: 4 });
  }
  expect(states.at(-1)).toBe('live');
  expect(frames).toEqual([]);
  vi.advanceTimersByTime(16_000);
  expect(sockets[0]?.closed).toBe(true);
  expect(states.at(-1)).toBe('reconnecting');
});

test('does not reconnect once closed', () => {
  const { client, sockets } = start();
  client.close();
  client.close();
  vi.advanceTimersByTime(60_000);
  expect(sockets).toHaveLength(1);
  expect(sockets[0]?.closed).toBe(true);
});

test('resumes where an earlier client was', () => {
  const { latest, opened } = start({ url: 'http://cats.example', cursor: 12 });
  latest().onopen?.();
  expect(latest().url).toBe('ws://cats.example/pusher?cursor=12');
  expect(opened).toEqual([true]);
});

test('connects to the pusher of the same host, securely if the page is secure', () => {
  expect(pusherUrl('http://cats.example:8080/m/x?y#z')).toBe('ws://cats.example:8080/pusher');
  expect(pusherUrl('https://cats.example/', 12)).toBe('wss://cats.example/pusher?cursor=12');
});
