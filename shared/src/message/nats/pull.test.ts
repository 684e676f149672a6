import { headers, type Msg } from 'nats';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { JetStreamConnection } from './connection.ts';
import { NatsPull } from './pull.ts';

const CHECK_MS = 500;
let now: number;
/** What the server sends in answer to the request. */
let send: (err: null, msg: Msg) => void;
let requestsEnded: number;
let ended: string | undefined;
let lost: AbortController;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  lost = new AbortController();
  ended = undefined;
  requestsEnded = 0;
  const nc = {
    isClosed: () => false,
    publish: () => undefined,
    subscribe(_: string, { callback }: { callback: typeof send }) {
      send = callback;
      return { unsubscribe: () => undefined };
    },
  };
  // Of a connection, the pull uses no more than this.
  const connection = {
    nc,
    lost: lost.signal,
    newInbox: () => '_INBOX.test',
  } as unknown as JetStreamConnection;
  const onRequestEnded = () => {
    requestsEnded++;
  };
  const pull = new NatsPull(
    connection,
    { stream: 'S', name: 'C' },
    { onMessage: () => undefined, onRequestEnded },
  );
  pull.ended.catch((error: Error) => {
    ended = error.message;
  });
  pull.request(10);
});
afterEach(() => {
  lost.abort();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Lets the time pass until the next check; with more of it, the process is frozen meanwhile. */
async function pass(ms = CHECK_MS): Promise<void> {
  now += ms;
  await vi.advanceTimersByTimeAsync(CHECK_MS);
}
function status(code: number, description: string): void {
  send(null, { headers: headers(code, description), data: new Uint8Array() } as Msg);
}
const heartbeat = () => status(100, 'Idle Heartbeat');

test('ends when the server sends no heartbeats for less than 4 s, in which a cluster elects no leader', async () => {
  for (let ms = 0; ms < 4000; ms += CHECK_MS) await pass();
  expect(ended).toMatch(/no heartbeat/);
});

test('goes on as long as the server sends heartbeats', async () => {
  for (let i = 0; i < 10; i++) {
    await pass();
    heartbeat();
  }
  expect(ended).toBeUndefined();
});

test('goes on after the process was frozen, when heartbeats arrived meanwhile', async () => {
  await pass();
  await pass(20_000);
  heartbeat();
  await pass();
  expect(ended).toBeUndefined();
});

test('ends after the process was frozen, when no more heartbeats come', async () => {
  await pass(20_000);
  for (let ms = 0; ms < 4000; ms += CHECK_MS) await pass();
  expect(ended).toMatch(/no heartbeat/);
});

test('can request more when a request has expired', async () => {
  for (let ms = 0; ms < 30_000; ms += CHECK_MS) {
    await pass();
    heartbeat();
  }
  status(408, 'Request Timeout');
  await pass(0);
  expect(ended).toBeUndefined();
  expect(requestsEnded).toBe(1);
});

test('ends when the server ends a request immediately, instead of repeating it without a pause', async () => {
  status(409, 'Message Size Exceeds MaxBytes');
  await pass(0);
  expect(ended).toBe('409 Message Size Exceeds MaxBytes');
  expect(requestsEnded).toBe(0);
});
