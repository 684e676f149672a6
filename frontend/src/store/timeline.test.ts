import { expect, test } from 'vitest';
import { FakeApi, idOf, meow, meowsDown } from '../testing/fake-api.ts';
import { fakeStorage } from '../testing/fake-storage.ts';
import { createMeowerStore } from './index.ts';
import { LIMITS } from './timeline.ts';

const PAGE_SIZE = LIMITS.page;

async function loaded(newest: number) {
  const api = new FakeApi();
  api.meows = meowsDown(newest, 1);
  const store = createMeowerStore({ api, storage: fakeStorage() });
  await store.dispatch('timeline/loadNewest');
  const shown = () => store.state.timeline.meows.map(({ id }) => id);
  const waiting = (): number => store.getters['timeline/waitingCount'];
  return { api, store, timeline: store.state.timeline, shown, waiting };
}

const numbers = (from: number, to: number) => meowsDown(from, to).map(({ id }) => id);

test('joins pages by key into one list, each meow once, down to the oldest', async () => {
  const { api, store, timeline, shown } = await loaded(2 * PAGE_SIZE + 5);
  await store.dispatch('timeline/loadOlder');
  await store.dispatch('timeline/loadOlder');
  await store.dispatch('timeline/loadOlder');

  expect(shown()).toEqual(numbers(2 * PAGE_SIZE + 5, 1));
  expect(timeline.complete).toBe(true);
  expect(api.listed.map(({ before }) => before)).toEqual([undefined, idOf(PAGE_SIZE + 6), idOf(6)]);
});

test('requests the next page once when asked twice', async () => {
  const { api, store } = await loaded(2 * PAGE_SIZE);
  await Promise.all([store.dispatch('timeline/loadOlder'), store.dispatch('timeline/loadOlder')]);
  expect(api.listed).toHaveLength(2);
});

test('shows pushed meows immediately at the top, in order, each once', async () => {
  const { store, shown, waiting } = await loaded(3);
  await store.dispatch('timeline/receive', [meow(5), meow(4), meow(5), meow(3)]);
  expect(shown()).toEqual(numbers(5, 1));
  expect(waiting()).toBe(0);
});

test('keeps the list unchanged while the reader is further down, and counts waiting meows', async () => {
  const { store, timeline, shown, waiting } = await loaded(60);
  store.commit('timeline/reading', true);
  const before = timeline.meows;
  await store.dispatch('timeline/receive', [meow(61), meow(62)]);
  await store.dispatch('timeline/receive', [meow(62), meow(63)]);
  expect(timeline.meows).toBe(before);
  expect(waiting()).toBe(3);

  await store.dispatch('timeline/reveal');
  expect(shown().slice(0, 4)).toEqual(numbers(63, 60));
  expect(waiting()).toBe(0);
});

test('only counts meows beyond the limit, and starts over from the newest when they are revealed', async () => {
  const { api, store, timeline, shown, waiting } = await loaded(60);
  store.commit('timeline/reading', true);
  const many = LIMITS.newer + 40;
  await store.dispatch('timeline/receive', meowsDown(60 + many, 61));
  expect(timeline.newer).toHaveLength(LIMITS.newer);
  expect(waiting()).toBe(many);

  api.meows = meowsDown(60 + many, 1);
  await store.dispatch('timeline/reveal');
  expect(shown()).toEqual(numbers(60 + many, 60 + many - PAGE_SIZE + 1));
  expect(waiting()).toBe(0);
});

test('leaves a pushed meow older than the end of the list to its page', async () => {
  const { api, store, shown } = await loaded(PAGE_SIZE + 10);
  await store.dispatch('timeline/receive', [meow(4)]);
  expect(shown()).toEqual(numbers(PAGE_SIZE + 10, 11));

  await store.dispatch('timeline/loadOlder');
  expect(api.listed).toHaveLength(2);
  expect(shown()).toEqual(numbers(PAGE_SIZE + 10, 1));
});

test('loads further pages after an absence until they reach the shown meows', async () => {
  const { api, store, shown } = await loaded(20);
  api.meows = meowsDown(20 + 3 * PAGE_SIZE - 1, 1);
  await store.dispatch('timeline/loadNewest');
  expect(shown()).toEqual(numbers(20 + 3 * PAGE_SIZE - 1, 1));
});

test('starts over after a long absence instead of hiding a gap', async () => {
  const { api, store, timeline, shown } = await loaded(20);
  const newest = 20 + 10 * PAGE_SIZE;
  api.meows = meowsDown(newest, 1);
  await store.dispatch('timeline/loadNewest');
  expect(shown()).toEqual(numbers(newest, newest - 4 * PAGE_SIZE + 1));
  expect(timeline.complete).toBe(false);
});

test('notices a gap even when a meow is pushed during the request', async () => {
  const { api, store, shown } = await loaded(20);
  const newest = 20 + 10 * PAGE_SIZE;
  api.meows = meowsDown(newest, 1);
  store.commit('timeline/interrupted');
  const fetching = store.dispatch('timeline/loadNewest');
  await store.dispatch('timeline/receive', [meow(newest), meow(newest + 1)]);
  await fetching;
  expect(shown()).toEqual(numbers(newest + 1, newest - 4 * PAGE_SIZE + 1));
});

test('moves nothing after a long absence while the reader is further down, and reports new meows', async () => {
  const { api, store, timeline, shown, waiting } = await loaded(60);
  store.commit('timeline/reading', true);
  api.meows = meowsDown(60 + 10 * PAGE_SIZE, 1);
  const before = timeline.meows;
  await store.dispatch('timeline/loadNewest');
  expect(timeline.meows).toBe(before);
  expect(waiting()).toBeGreaterThan(0);

  await store.dispatch('timeline/reveal');
  expect(shown()[0]).toBe(idOf(60 + 10 * PAGE_SIZE));
});

test('limits the list at the top over days, and can load its end again', async () => {
  const { api, store, timeline, shown } = await loaded(10);
  for (let newest = 110; newest <= LIMITS.atTop + 510; newest += 100) {
    await store.dispatch('timeline/receive', meowsDown(newest, newest - 99));
  }
  expect(timeline.meows).toHaveLength(LIMITS.atTop);
  expect(timeline.complete).toBe(false);

  api.meows = meowsDown(LIMITS.atTop + 510, 1);
  await store.dispatch('timeline/loadOlder');
  expect(shown()).toHaveLength(LIMITS.atTop + PAGE_SIZE);
});

test('continues a full list from its end, and returns to the newest', async () => {
  const { api, store, timeline, shown, waiting } = await loaded(LIMITS.shown + 2 * PAGE_SIZE);
  for (let page = 1; page < LIMITS.shown / PAGE_SIZE; page++) await store.dispatch('timeline/loadOlder');
  expect(store.getters['timeline/full']).toBe(true);
  const asked = api.listed.length;
  await store.dispatch('timeline/loadOlder');
  expect(api.listed).toHaveLength(asked);

  await store.dispatch('timeline/loadOlder', { asked: true });
  expect(shown()).toEqual(numbers(2 * PAGE_SIZE, PAGE_SIZE + 1));
  expect(timeline.gap).toBe(0);
  await store.dispatch('timeline/receive', [meow(LIMITS.shown + 2 * PAGE_SIZE + 1)]);
  expect(waiting()).toBe(1);

  await store.dispatch('timeline/reveal');
  expect(shown()[0]).toBe(idOf(LIMITS.shown + 2 * PAGE_SIZE + 1));
  expect(timeline.gap).toBeUndefined();
});

test('keeps a full list that ends at the oldest meow when asked for more', async () => {
  const { store, timeline } = await loaded(LIMITS.shown);
  for (let page = 1; page < LIMITS.shown / PAGE_SIZE; page++) await store.dispatch('timeline/loadOlder');
  expect(timeline.complete).toBe(false);
  await store.dispatch('timeline/loadOlder', { asked: true });
  expect(timeline).toMatchObject({ complete: true, reading: false });
  expect(timeline.meows).toHaveLength(LIMITS.shown);
});

test('drops an older page when the end of the list has changed meanwhile', async () => {
  const { api, store, shown } = await loaded(LIMITS.atTop + 10 * PAGE_SIZE);
  store.commit('timeline/reading', true);
  for (let page = 1; page < 26; page++) await store.dispatch('timeline/loadOlder');
  expect(shown()).toHaveLength(1_300);
  const loading = store.dispatch('timeline/loadOlder');
  await store.dispatch('timeline/reveal');
  await loading;
  expect(shown()).toEqual(numbers(LIMITS.atTop + 10 * PAGE_SIZE, 10 * PAGE_SIZE + 1));
  await store.dispatch('timeline/loadOlder');
  expect(shown()).toHaveLength(LIMITS.atTop + PAGE_SIZE);
  expect(api.listed.at(-1)?.before).toBe(idOf(10 * PAGE_SIZE + 1));
});

test('counts meows pushed while the tab is hidden until it is visible', async () => {
  const { store } = await loaded(3);
  const unread = () => store.getters['timeline/unread'];
  store.commit('timeline/visible', false);
  await store.dispatch('timeline/receive', [meow(4), meow(5)]);
  expect(unread()).toBe(2);
  store.commit('timeline/visible', true);
  expect(unread()).toBe(0);
});

test('counts no muted, hidden or deleted meow, neither in the pill nor in the title', async () => {
  const { store, timeline, waiting } = await loaded(60);
  const unread = () => store.getters['timeline/unread'];
  await store.dispatch('preferences/mute', 'dog');
  store.commit('preferences/hidden', idOf(62));
  const pushed = [meow(61, 'my dog'), meow(62), meow(63), meow(64)];
  store.commit('timeline/reading', true);
  await store.dispatch('timeline/receive', pushed);
  expect(waiting()).toBe(2);
  await store.dispatch('deleted', idOf(63));
  expect([waiting(), unread()]).toEqual([1, 1]);
  await store.dispatch('deleted', idOf(64));
  expect(waiting()).toBe(0);
  expect(store.getters['timeline/isBehind']).toBe(false);

  store.commit('timeline/reading', false);
  store.commit('timeline/visible', false);
  await store.dispatch('timeline/receive', [meow(65), meow(66, 'another dog'), meow(67)]);
  expect(timeline.meows[0]?.id).toBe(idOf(67));
  expect(unread()).toBe(2);
  await store.dispatch('deleted', idOf(67));
  expect(unread()).toBe(1);
});

test('reports a failed request, keeps the list, and clears the report on success', async () => {
  const { api, store, timeline, shown } = await loaded(3);
  api.fail = 'broken';
  await store.dispatch('timeline/loadNewest');
  expect(timeline.problem).toBe('broken');
  expect(shown()).toHaveLength(3);

  api.fail = undefined;
  await store.dispatch('timeline/loadNewest');
  expect(timeline.problem).toBeUndefined();
});
