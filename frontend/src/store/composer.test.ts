import { expect, test } from 'vitest';
import { FakeApi, idOf, meow } from '../testing/fake-api.ts';
import { fakeStorage } from '../testing/fake-storage.ts';
import { createMeowerStore } from './index.ts';

const HOUR_MS = 3_600_000;

function open({ api = new FakeApi(), storage = fakeStorage(), time = 0 } = {}) {
  let keys = 0;
  const clock = { time };
  const store = createMeowerStore({
    api,
    storage,
    now: () => new Date(clock.time),
    newKey: () => `${time}-key-${keys++}`,
  });
  const write = (text: string) => {
    store.commit('composer/drafted', text);
    return store.dispatch('composer/submit');
  };
  const shown = () => store.state.timeline.meows.map(({ text }) => text);
  const pending = (): string[] => store.getters['composer/visible'].map(({ text }: { text: string }) => text);
  return { api, storage, clock, store, composer: store.state.composer, write, shown, pending };
}

test('A meow is seen at once, and as a meow when the server has it', async () => {
  const { api, write, shown, pending, composer } = open();
  api.hold();
  const posted = write('purr');
  expect(pending()).toEqual(['purr']);
  expect(composer.draft).toBe('');

  api.release();
  await posted;
  expect(pending()).toEqual([]);
  expect(shown()).toEqual(['purr']);
});

test('Sending twice in a row posts once', async () => {
  const { api, store } = open();
  store.commit('composer/drafted', 'purr');
  await Promise.all([store.dispatch('composer/submit'), store.dispatch('composer/submit')]);
  expect(api.posts).toHaveLength(1);
});

test('Nothing is sent that the server would refuse', async () => {
  const { api, write } = open();
  await write('   \n ');
  await write('😺'.repeat(141));
  expect(api.posts).toEqual([]);
  await write('😺'.repeat(140));
  expect(api.posts).toHaveLength(1);
});

test('A push that comes before the answer does not show the meow twice', async () => {
  const { api, store, write, shown, pending } = open();
  api.hold();
  const posted = write('purr');
  await store.dispatch('pushed', [meow(1_000, 'purr')]);
  expect([...pending(), ...shown()]).toEqual(['purr']);

  api.release();
  await posted;
  expect([...pending(), ...shown()]).toEqual(['purr']);
});

test('Another cat with the same words is not mistaken for the answer', async () => {
  const { api, store, write, shown, pending } = open();
  api.hold();
  const posted = write('purr');
  await store.dispatch('pushed', [meow(7, 'purr')]);
  api.release();
  await posted;
  expect(store.state.timeline.meows.map(({ id }) => id)).toEqual([idOf(1_000), idOf(7)]);
  expect(shown()).toEqual(['purr', 'purr']);
  expect(pending()).toEqual([]);
});

test('A rejected post keeps its text, says why, and is tried again with the same key', async () => {
  const { api, store, write, composer, shown } = open();
  api.fail = 'broken';
  await write('purr');
  expect(composer.outbox).toMatchObject([{ text: 'purr', state: 'failed', problem: 'broken' }]);

  api.fail = undefined;
  await store.dispatch('composer/retry', composer.outbox[0]?.key);
  expect(composer.outbox).toEqual([]);
  expect(shown()).toEqual(['purr']);
  expect(api.posts[0]?.key).toBe(api.posts[1]?.key);
});

test('Without a connection meows wait, and are sent in the order of writing', async () => {
  const { api, store, write, composer } = open();
  api.fail = 'unreachable';
  await write('first');
  await write('second');
  expect(composer.outbox.map(({ state }) => state)).toEqual(['waiting', 'waiting']);

  api.fail = undefined;
  api.posts = [];
  await store.dispatch('composer/sendPending');
  expect(api.posts.map(({ text }) => text)).toEqual(['first', 'second']);
  expect(store.state.timeline.meows.map(({ text }) => text)).toEqual(['second', 'first']);
});

test('Meows are sent one after another, however often sending is started', async () => {
  const { api, store, write } = open();
  api.fail = 'unreachable';
  await write('first');
  await write('second');
  api.fail = undefined;
  api.posts = [];
  api.hold();
  const sent = [1, 2].map(() => store.dispatch('composer/sendPending'));
  const third = write('third');
  expect(api.posts.map(({ text }) => text)).toEqual(['first']);

  api.release();
  await Promise.all([...sent, third]);
  expect(api.posts.map(({ text }) => text)).toEqual(['first', 'second', 'third']);
});

test('When the connection is lost again, the later meows wait for the earlier ones', async () => {
  const { api, store, write, composer } = open();
  api.fail = 'unreachable';
  await write('first');
  await write('second');
  api.posts = [];
  await store.dispatch('composer/sendPending');
  expect(api.posts.map(({ text }) => text)).toEqual(['first']);
  expect(composer.outbox.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
});

test('A meow that fails does not block the ones after it', async () => {
  const { api, write, composer } = open();
  api.hold();
  const first = write('first');
  const second = write('second');
  api.fail = 'refused';
  api.release();
  await Promise.all([first, second]);
  expect(api.posts).toHaveLength(2);
  expect(composer.outbox.map(({ state }) => state)).toEqual(['failed', 'failed']);
});

test('The draft and what was not sent survive a reload; the key stays the same', async () => {
  const before = open();
  before.api.fail = 'unreachable';
  await before.write('unsent');
  before.store.commit('composer/drafted', 'half a thou');

  const after = open({ storage: before.storage, time: HOUR_MS / 2 });
  expect(after.composer.draft).toBe('half a thou');
  await after.store.dispatch('composer/sendPending');
  expect(after.api.posts).toEqual([{ text: 'unsent', key: before.api.posts[0]?.key }]);
  expect(after.storage.outbox()).toEqual([]);
});

test.each([
  ['After an hour', HOUR_MS],
  ['After the clock was set back', -HOUR_MS],
])('%s the key may have expired, so nothing is sent automatically', async (_, time) => {
  const before = open();
  before.api.fail = 'unreachable';
  await before.write('old');

  const after = open({ storage: before.storage, time });
  await after.store.dispatch('composer/sendPending');
  expect(after.api.posts).toEqual([]);
  expect(after.composer.outbox).toMatchObject([{ state: 'failed', problem: 'stale' }]);
});

test('A meow that waited for more than an hour is sent only when the person asks again', async () => {
  const { api, clock, store, write, composer } = open();
  api.fail = 'unreachable';
  await write('from the plane');
  api.fail = undefined;
  clock.time = HOUR_MS;
  await store.dispatch('composer/sendPending');
  expect(api.posts).toHaveLength(1);
  expect(composer.outbox).toMatchObject([{ state: 'failed', problem: 'stale' }]);

  await store.dispatch('composer/retry', composer.outbox[0]?.key);
  expect(composer.outbox).toEqual([]);
  expect(api.posts).toHaveLength(2);
});

test('A slow post is not repeated after its key has expired, even when another cat writes the same words', async () => {
  const { api, clock, store, write, composer, pending } = open();
  api.fail = 'slow';
  await write('purr');
  api.fail = undefined;
  clock.time = 1.5 * HOUR_MS;
  await store.dispatch('pushed', [meow(7, 'purr')]);
  await store.dispatch('composer/sendPending');
  expect(api.posts).toHaveLength(1);
  expect(composer.outbox).toMatchObject([{ state: 'failed', problem: 'stale' }]);
  expect(pending()).toEqual(['purr']);
});

test('Trying again after the key has expired warns first, then posts under a new key', async () => {
  const { api, clock, store, write, composer, storage } = open();
  api.fail = 'slow';
  await write('purr');
  clock.time = 1.5 * HOUR_MS;
  const retry = () => store.dispatch('composer/retry', composer.outbox[0]?.key);
  await retry();
  expect(api.posts).toHaveLength(1);
  expect(composer.outbox).toMatchObject([{ state: 'failed', problem: 'stale' }]);

  await retry();
  expect(composer.outbox).toMatchObject([{ problem: 'slow', writtenAt: clock.time }]);
  expect(storage.outbox()).toMatchObject([{ text: 'purr', writtenAt: clock.time }]);
  api.fail = undefined;
  await retry();
  expect(composer.outbox).toEqual([]);
  const keys = api.posts.map(({ key }) => key);
  expect(keys[1]).not.toBe(keys[0]);
  expect(keys[2]).toBe(keys[1]);
});

test('A meow that the server refused stays refused, however old it gets', async () => {
  const { api, clock, store, write, composer } = open();
  api.fail = 'refused';
  await write('purr');
  clock.time = 1.5 * HOUR_MS;
  await store.dispatch('composer/sendPending');
  expect(composer.outbox).toMatchObject([{ state: 'failed', problem: 'refused' }]);
});

test('When the answer was lost but the meow arrives, it is not shown twice', async () => {
  const { api, store, write, shown, pending, composer } = open();
  api.fail = 'slow';
  await write('purr');
  expect(pending()).toEqual(['purr']);

  // The service has it under this id, and says so again for the same key.
  api.fail = undefined;
  await store.dispatch('pushed', [meow(1_000, 'purr')]);
  await expect.poll(() => composer.outbox).toEqual([]);
  expect(shown()).toEqual(['purr']);
  expect(new Set(api.posts.map(({ key }) => key)).size).toBe(1);
});

test('A failed meow can be taken back for editing, without losing the draft', async () => {
  const { api, store, write, composer, storage } = open();
  api.fail = 'refused';
  await write('first');
  store.commit('composer/drafted', 'second');
  await store.dispatch('composer/edit', composer.outbox[0]?.key);
  expect(composer.draft).toBe('first\nsecond');
  expect(composer.outbox).toEqual([]);
  expect(storage.outbox()).toEqual([]);
});

test('A discarded meow is gone', async () => {
  const { api, store, write, composer } = open();
  api.fail = 'broken';
  await write('never mind');
  await store.dispatch('composer/discard', composer.outbox[0]?.key);
  expect(composer.outbox).toEqual([]);
});

test('An own meow appears even while reading further down', async () => {
  const { store, write, shown } = open();
  await store.dispatch('timeline/loadNewest');
  store.commit('timeline/held', true);
  await write('mine');
  expect(shown()).toEqual(['mine']);
  expect(store.getters['timeline/waitingCount']).toBe(0);
});
