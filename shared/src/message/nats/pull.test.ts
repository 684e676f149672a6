import { headers, type Msg } from 'nats';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Era } from './connection.ts';
import { NatsPull } from './pull.ts';

const WATCH_MS = 2000;
let now: number;
/** What the server sends in answer to the request. */
let send: (err: null, msg: Msg) => void;
let ended: string | undefined;
let lost: AbortController;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  lost = new AbortController();
  ended = undefined;
  const nc = {
    isClosed: () => false,
    publish: () => undefined,
    subscribe(_: string, { callback }: { callback: typeof send }) {
      send = callback;
      return { unsubscribe: () => undefined };
    },
  };
  // Of a connection, the pull uses no more than this.
  const era = { nc, lost: lost.signal } as unknown as Era;
  const nothing = () => undefined;
  const pull = new NatsPull(era, { stream: 'S', name: 'C' }, { onMessage: nothing, onRoom: nothing });
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

/** Lets the time pass after which the watch looks again, or more of it when the process is frozen meanwhile. */
async function pass(ms = WATCH_MS): Promise<void> {
  now += ms;
  await vi.advanceTimersByTimeAsync(WATCH_MS);
}
function heartbeat(): void {
  const status = headers(100, 'Idle Heartbeat');
  send(null, { headers: status } as Msg);
}

test('ends when the server gives no sign of life', async () => {
  for (let i = 0; i < 4; i++) await pass();
  expect(ended).toMatch(/no sign of life/);
});

test('goes on as long as the server gives signs of life', async () => {
  for (let i = 0; i < 10; i++) {
    await pass();
    heartbeat();
  }
  expect(ended).toBeUndefined();
});

test('goes on after the process was frozen, when signs of life have gathered meanwhile', async () => {
  await pass();
  await pass(20_000);
  heartbeat();
  await pass();
  expect(ended).toBeUndefined();
});

test('ends after the process was frozen, when nothing comes any more', async () => {
  await pass(20_000);
  await pass();
  expect(ended).toMatch(/no sign of life/);
});
