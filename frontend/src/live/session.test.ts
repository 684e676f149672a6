import { fakeSockets } from '@meower/client/testing/fake-socket.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMeowerStore } from '../store/index.ts';
import { FakeApi, idOf, meowsDown } from '../testing/fake-api.ts';
import { fakeStorage } from '../testing/fake-storage.ts';
import { startLiveSession } from './session.ts';

let end: () => void = () => undefined;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  end();
  vi.useRealTimers();
});

function start() {
  const api = new FakeApi();
  api.meows = meowsDown(10, 1);
  const store = createMeowerStore({ api, storage: fakeStorage() });
  const { latest, sockets, createSocket } = fakeSockets();
  end = startLiveSession(store, { createSocket, random: () => 0, isOnline: () => true });
  const ids = () => store.state.timeline.meows.map(({ id }) => id);
  return { api, store, latest, sockets, ids };
}

const frame = (number: number, body = `pushed ${number}`) => ({
  kind: 1,
  id: idOf(number),
  body,
  created_at: '2026-11-21T03:00:00.000000Z',
  seq: number,
});

async function reconnect(session: ReturnType<typeof start>) {
  session.latest().onclose?.();
  await vi.advanceTimersByTimeAsync(1_000);
  session.latest().onopen?.();
  await vi.advanceTimersByTimeAsync(100);
}

test('loads the list once if the socket opens in time', async () => {
  const { api, latest, ids } = start();
  await vi.advanceTimersByTimeAsync(200);
  expect(api.listed).toEqual([]);
  latest().onopen?.();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(ids()).toEqual(meowsDown(10, 1).map(({ id }) => id));
  expect(api.listed).toHaveLength(1);
});

test('does not wait long for the socket, and asks for new meows while there is none', async () => {
  const { api, ids } = start();
  await vi.advanceTimersByTimeAsync(500);
  expect(ids()).toEqual(meowsDown(10, 1).map(({ id }) => id));
  api.meows = meowsDown(12, 1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(ids()).toEqual(meowsDown(12, 1).map(({ id }) => id));
});

test('tries again what has failed, but not before the server wants it', async () => {
  const { api, store, latest, ids } = start();
  api.meows = meowsDown(120, 1);
  api.fail = 'busy';
  latest().onopen?.();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(store.state.timeline.problem).toBe('busy');
  api.fail = undefined;
  api.busyUntil = Date.now() + 20_000;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(ids()).toEqual([]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ids()).toHaveLength(50);
  expect(store.state.timeline.problem).toBeUndefined();

  api.fail = 'broken';
  await store.dispatch('timeline/loadOlder');
  await store.dispatch('single/open', idOf(1));
  expect(store.state.timeline.olderProblem).toBe('broken');
  api.fail = undefined;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(ids()).toHaveLength(100);
  expect(store.state.single.meow?.id).toBe(idOf(1));
});

test('loads the list again once the socket is open, so that no meow is missed in between', async () => {
  const { api, latest, ids } = start();
  await vi.advanceTimersByTimeAsync(500);
  api.meows = meowsDown(11, 1);
  latest().onopen?.();
  await vi.advanceTimersByTimeAsync(100);
  expect(ids()).toEqual(meowsDown(11, 1).map(({ id }) => id));
});

test('keeps meows pushed while the list is loading, each once', async () => {
  const { api, latest, ids } = start();
  latest().onopen?.();
  latest().send(frame(11));
  latest().send(frame(12));
  api.meows = meowsDown(11, 1);
  await vi.advanceTimersByTimeAsync(100);
  expect(ids()).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map(idOf));
});

test('shows an announced meow immediately, and once', async () => {
  const { store, latest, ids } = start();
  latest().onopen?.();
  await vi.advanceTimersByTimeAsync(100);
  const { seq: _, ...meow } = frame(11);
  latest().send({ ...meow, kind: 5 });
  await vi.advanceTimersByTimeAsync(100);
  expect(ids()[0]).toBe(idOf(11));
  latest().send(frame(11));
  await vi.advanceTimersByTimeAsync(100);
  expect(ids()).toHaveLength(11);
  expect(store.state.timeline.arrived).toEqual([]);
});

test('changes the list twice for a burst of 500 frames: for the first and for the rest', async () => {
  const { store, latest, ids } = start();
  latest().onopen?.();
  await vi.advanceTimersByTimeAsync(100);
  let changes = 0;
  store.subscribe(({ type }) => {
    if (type === 'timeline/received') changes++;
  });
  for (let number = 11; number <= 510; number++) latest().send(frame(number));
  await vi.advanceTimersByTimeAsync(100);
  expect(ids()).toHaveLength(510);
  expect(changes).toBe(2);
});

test('does not load the list again after resuming from a cursor', async () => {
  const session = start();
  session.latest().onopen?.();
  session.latest().send(frame(11));
  await vi.advanceTimersByTimeAsync(500);
  const { length } = session.api.listed;
  await reconnect(session);
  expect(session.latest().url).toContain('cursor=11');
  expect(session.api.listed).toHaveLength(length);
});

test('loads the list after reconnecting without a cursor', async () => {
  const session = start();
  session.latest().onopen?.();
  await vi.advanceTimersByTimeAsync(100);
  session.api.meows = meowsDown(14, 1);
  await reconnect(session);
  expect(session.ids()).toHaveLength(14);
});

test('loads the list on a refetch frame and keeps the shown meows', async () => {
  const session = start();
  session.latest().onopen?.();
  await vi.advanceTimersByTimeAsync(100);
  session.api.meows = meowsDown(13, 1);
  session.latest().send({ kind: 2 });
  expect(session.ids()).toHaveLength(10);
  await vi.advanceTimersByTimeAsync(100);
  expect(session.ids()).toHaveLength(13);
});

test('sends meows written offline when the socket is open again', async () => {
  const session = start();
  session.api.fail = 'unreachable';
  session.store.commit('composer/drafted', 'from the cellar');
  await session.store.dispatch('composer/submit');
  expect(session.store.state.composer.outbox[0]?.problem).toBe('unreachable');

  session.api.fail = undefined;
  session.latest().onopen?.();
  await vi.advanceTimersByTimeAsync(100);
  expect(session.store.state.composer.outbox).toEqual([]);
  expect(session.store.state.timeline.meows[0]?.text).toBe('from the cellar');
  expect(new Set(session.api.posts.map(({ key }) => key)).size).toBe(1);
});

test('removes a deleted meow from the page, also from an answer that was on its way', async () => {
  const { api, store, latest, ids } = start();
  await vi.advanceTimersByTimeAsync(100);
  latest().onopen?.();
  await vi.advanceTimersByTimeAsync(100);
  const searching = store.dispatch('search/search', 'meow');
  api.searches.at(-1)?.answer({ meows: meowsDown(10, 1), degraded: false });
  await searching;
  await store.dispatch('single/open', idOf(5));
  latest().onmessage?.({ data: JSON.stringify({ kind: 3, id: idOf(5), seq: 12 }) } as MessageEvent);
  await vi.advanceTimersByTimeAsync(100);
  const rest = meowsDown(10, 1)
    .map(({ id }) => id)
    .filter((id) => id !== idOf(5));
  expect(ids()).toEqual(rest);
  expect(store.state.search.results.map(({ id }) => id)).not.toContain(idOf(5));
  expect(store.state.single).toMatchObject({ meow: undefined, problem: 'missing' });

  await store.dispatch('timeline/loadNewest');
  latest().onmessage?.({ data: JSON.stringify(frame(5)) } as MessageEvent);
  await vi.advanceTimersByTimeAsync(100);
  expect(ids()).toEqual(rest);
});
