import { expect, test, vi } from 'vitest';
import { FakeApi, idOf, meow } from '../testing/fake-api.ts';
import { fakeStorage } from '../testing/fake-storage.ts';
import { type PendingMeow, stateOf } from './composer.ts';
import { createMeowerStore } from './index.ts';
import { createOutboxStorage } from './outbox-storage.ts';

const HOUR_MS = 3_600_000;

const states = (outbox: readonly PendingMeow[]) => outbox.map(stateOf);

function open({
  api = new FakeApi(),
  storage = fakeStorage(),
  time = 0,
  exclusively = (task: () => Promise<void>) => task(),
} = {}) {
  let keys = 0;
  const clock = { time };
  const store = createMeowerStore({
    api,
    storage,
    now: () => new Date(clock.time),
    newKey: () => `${time}-key-${keys++}`,
    exclusively,
  });
  const write = (text: string) => {
    store.commit('composer/drafted', text);
    return store.dispatch('composer/submit');
  };
  const shown = () => store.state.timeline.meows.map(({ text }) => text);
  const pending = (): string[] => store.getters['composer/visible'].map(({ text }: { text: string }) => text);
  return { api, storage, clock, store, composer: store.state.composer, write, shown, pending };
}

test('shows a meow as pending immediately, and in the timeline once it is confirmed', async () => {
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

test('knows which meow needs a proof of work, also while other tabs change the storage', async () => {
  const { api, write, composer, store, storage } = open();
  api.hold();
  api.isProving = true;
  const posted = write('purr');
  await vi.waitFor(() => expect(composer.outbox).toMatchObject([{ text: 'purr', isProving: true }]));
  store.commit('composer/synchronised');
  expect(composer.outbox).toMatchObject([{ text: 'purr', isProving: true }]);
  expect(
    storage
      .names()
      .map((name) => storage.get(name))
      .join(),
  ).not.toContain('isProving');
  api.fail = 'busy';
  api.release();
  await posted;
  expect(composer.outbox).toMatchObject([{ text: 'purr', problem: 'busy', isProving: undefined }]);
});

test('posts once when submitted twice in a row', async () => {
  const { api, store } = open();
  store.commit('composer/drafted', 'purr');
  await Promise.all([store.dispatch('composer/submit'), store.dispatch('composer/submit')]);
  expect(api.posts).toHaveLength(1);
});

test('sends nothing that the server would refuse', async () => {
  const { api, write } = open();
  await write('   \n ');
  await write('😺'.repeat(141));
  expect(api.posts).toEqual([]);
  await write('😺'.repeat(140));
  expect(api.posts).toHaveLength(1);
});

test('shows a meow once when its push arrives before the answer', async () => {
  const { api, store, write, shown, pending } = open();
  api.hold();
  const posted = write('purr');
  await store.dispatch('pushed', [meow(1_000, 'purr')]);
  expect([...pending(), ...shown()]).toEqual(['purr']);

  api.release();
  await posted;
  expect([...pending(), ...shown()]).toEqual(['purr']);
});

test('does not mistake the same words of another cat for the answer', async () => {
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

test('keeps the text of a failed post, shows the reason, and retries with the same key', async () => {
  const { api, store, write, composer, shown } = open();
  api.fail = 'broken';
  await write('purr');
  expect(composer.outbox).toMatchObject([{ text: 'purr', problem: 'broken' }]);

  api.fail = undefined;
  await store.dispatch('composer/retry', composer.outbox[0]?.key);
  expect(composer.outbox).toEqual([]);
  expect(shown()).toEqual(['purr']);
  expect(api.posts[0]?.key).toBe(api.posts[1]?.key);
});

test('sends a meow that was not answered in time again, which the server knows by its key', async () => {
  const { api, store, write, composer, shown } = open();
  api.fail = 'slow';
  await write('purr');
  expect(states(composer.outbox)).toEqual(['waiting']);

  api.fail = undefined;
  await store.dispatch('retry');
  expect(composer.outbox).toEqual([]);
  expect(shown()).toEqual(['purr']);
  expect(new Set(api.posts.map(({ key }) => key)).size).toBe(1);
});

test('keeps meows waiting without a connection and sends them in the order of writing', async () => {
  const { api, store, write, composer } = open();
  api.fail = 'unreachable';
  await write('first');
  await write('second');
  expect(states(composer.outbox)).toEqual(['waiting', 'waiting']);

  api.fail = undefined;
  api.posts = [];
  await store.dispatch('composer/sendPending');
  expect(api.posts.map(({ text }) => text)).toEqual(['first', 'second']);
  expect(store.state.timeline.meows.map(({ text }) => text)).toEqual(['second', 'first']);
});

test('sends meows one after another, however often sending is started', async () => {
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

test('keeps later meows waiting when an earlier one finds no connection', async () => {
  const { api, store, write, composer } = open();
  api.fail = 'unreachable';
  await write('first');
  await write('second');
  api.posts = [];
  await store.dispatch('composer/sendPending');
  expect(api.posts.map(({ text }) => text)).toEqual(['first']);
  expect(states(composer.outbox)).toEqual(['waiting', 'waiting']);
});

test('does not block later meows when one fails', async () => {
  const { api, write, composer } = open();
  api.hold();
  const first = write('first');
  const second = write('second');
  api.fail = 'refused';
  api.release();
  await Promise.all([first, second]);
  expect(api.posts).toHaveLength(2);
  expect(states(composer.outbox)).toEqual(['failed', 'failed']);
});

test('restores the draft and unsent meows with their keys after a reload', async () => {
  const before = open();
  before.api.fail = 'unreachable';
  await before.write('unsent');
  before.store.commit('composer/drafted', 'half a thou');

  const after = open({ storage: before.storage, time: HOUR_MS / 2 });
  expect(after.composer.draft).toBe('half a thou');
  await after.store.dispatch('composer/sendPending');
  expect(after.api.posts).toEqual([{ text: 'unsent', key: before.api.posts[0]?.key }]);
  expect(createOutboxStorage(after.storage).outbox()).toEqual([]);
});

test.each([
  ['after an hour', HOUR_MS],
  ['after the clock was set back', -HOUR_MS],
])('sends nothing automatically when its key may have expired: %s', async (_, time) => {
  const before = open();
  before.api.fail = 'unreachable';
  await before.write('old');

  const after = open({ storage: before.storage, time });
  await after.store.dispatch('composer/sendPending');
  expect(after.api.posts).toEqual([]);
  expect(after.composer.outbox).toMatchObject([{ problem: 'stale' }]);
});

test('sends a meow that waited for over an hour only on retry', async () => {
  const { api, clock, store, write, composer } = open();
  api.fail = 'unreachable';
  await write('from the plane');
  api.fail = undefined;
  clock.time = HOUR_MS;
  await store.dispatch('composer/sendPending');
  expect(api.posts).toHaveLength(1);
  expect(composer.outbox).toMatchObject([{ problem: 'stale' }]);

  await store.dispatch('composer/retry', composer.outbox[0]?.key);
  expect(composer.outbox).toEqual([]);
  expect(api.posts).toHaveLength(2);
});

test('does not repeat a slow post after its key expired, even when another cat writes the same words', async () => {
  const { api, clock, store, write, composer, pending } = open();
  api.fail = 'slow';
  await write('purr');
  api.fail = undefined;
  clock.time = 1.5 * HOUR_MS;
  await store.dispatch('pushed', [meow(7, 'purr')]);
  await store.dispatch('composer/sendPending');
  expect(api.posts).toHaveLength(1);
  expect(composer.outbox).toMatchObject([{ problem: 'stale' }]);
  expect(pending()).toEqual(['purr']);
});

test('warns on the first retry after the key expired, then posts under a new key', async () => {
  const { api, clock, store, write, composer, storage } = open();
  api.fail = 'slow';
  await write('purr');
  clock.time = 1.5 * HOUR_MS;
  const retry = () => store.dispatch('composer/retry', composer.outbox[0]?.key);
  await retry();
  expect(api.posts).toHaveLength(1);
  expect(composer.outbox).toMatchObject([{ problem: 'stale' }]);

  await retry();
  expect(composer.outbox).toMatchObject([{ problem: 'slow', writtenAt: clock.time }]);
  expect(createOutboxStorage(storage).outbox()).toMatchObject([{ text: 'purr', writtenAt: clock.time }]);
  api.fail = undefined;
  await retry();
  expect(composer.outbox).toEqual([]);
  const keys = api.posts.map(({ key }) => key);
  expect(keys[1]).not.toBe(keys[0]);
  expect(keys[2]).toBe(keys[1]);
});

test('keeps a refused meow refused, however old it is', async () => {
  const { api, clock, store, write, composer } = open();
  api.fail = 'refused';
  await write('purr');
  clock.time = 1.5 * HOUR_MS;
  await store.dispatch('composer/sendPending');
  expect(composer.outbox).toMatchObject([{ problem: 'refused' }]);
});

test('shows a meow once when its answer was lost and its push arrives', async () => {
  const { api, store, write, shown, pending, composer } = open();
  api.fail = 'slow';
  await write('purr');
  expect(pending()).toEqual(['purr']);

  // The service has stored it and answers with this id for the same key.
  api.fail = undefined;
  await store.dispatch('pushed', [meow(1_000, 'purr')]);
  await expect.poll(() => composer.outbox).toEqual([]);
  expect(shown()).toEqual(['purr']);
  expect(new Set(api.posts.map(({ key }) => key)).size).toBe(1);
});

test.each(['refused', 'busy', 'broken'] as const)(
  'sends a meow that failed as %s again only if the reader asks, also after a reload',
  async (problem) => {
    const before = open();
    before.api.fail = problem;
    await before.write('purr');

    const after = open({ storage: before.storage });
    await after.store.dispatch('composer/sendPending');
    expect(after.api.posts).toEqual([]);
    expect(after.composer.outbox).toMatchObject([{ text: 'purr', problem }]);
  },
);

/** Two tabs of one browser. Neither is notified of a change by the other before the test does that. */
function twoTabs() {
  const kept = new Map<string, string>();
  let last = Promise.resolve();
  const exclusively = (task: () => Promise<void>) => {
    last = last.then(task);
    return last;
  };
  const [here, there] = [fakeStorage(kept), fakeStorage(kept)];
  return {
    here: open({ storage: here, exclusively }),
    there: open({ storage: there, exclusively, time: 1 }),
  };
}

test('sends nothing that was discarded in another tab', async () => {
  const { here, there } = twoTabs();
  here.api.fail = 'unreachable';
  await here.write('never mind');
  there.storage.hear();
  expect(there.pending()).toEqual(['never mind']);

  await here.store.dispatch('composer/discard', here.composer.outbox[0]?.key);
  await there.store.dispatch('composer/sendPending');
  expect(there.api.posts).toEqual([]);
  expect(there.pending()).toEqual([]);
});

test('does not restore a meow that another tab has discarded during an attempt to send it', async () => {
  const { here, there } = twoTabs();
  here.api.hold();
  here.api.fail = 'unreachable';
  const written = here.write('never mind');
  await expect.poll(() => here.api.posts).toHaveLength(1);
  there.storage.hear();
  await there.store.dispatch('composer/discard', there.composer.outbox[0]?.key);
  here.api.release();
  await written;
  here.storage.hear();
  expect(here.pending()).toEqual([]);
});

test('sends a meow from one tab only', async () => {
  const { here, there } = twoTabs();
  here.api.hold();
  const written = here.write('once');
  await expect.poll(() => here.api.posts).toHaveLength(1);
  there.storage.hear();
  const sent = there.store.dispatch('composer/sendPending');
  here.api.release();
  await Promise.all([written, sent]);
  expect(there.api.posts).toEqual([]);
  expect(there.pending()).toEqual([]);
});

test('shows the draft of another tab instead of overwriting it', () => {
  const { here, there } = twoTabs();
  here.store.commit('composer/drafted', 'half a thought');
  there.storage.hear();
  expect(there.composer.draft).toBe('half a thought');
});

test('sends a meow again by itself when a busy server has named a time, and later ones after it', async () => {
  vi.useFakeTimers();
  try {
    const { api, clock, write, composer } = open();
    Object.assign(api, { fail: 'busy', retryAfterMs: 7_000 });
    await write('first');
    await write('second');
    expect(api.posts.map(({ text }) => text)).toEqual(['first']);
    expect(states(composer.outbox)).toEqual(['waiting', 'waiting']);

    api.fail = undefined;
    clock.time += 6_000;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(api.posts).toHaveLength(1);
    clock.time += 1_000;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.posts.map(({ text }) => text)).toEqual(['first', 'first', 'second']);
    expect(api.posts[1]?.key).toBe(api.posts[0]?.key);
    expect(composer.outbox).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test('waits for a busy server across a reload, and sends the meow in time', async () => {
  const before = open();
  Object.assign(before.api, { fail: 'busy', retryAfterMs: 7_000 });
  await before.write('purr');
  const after = open({ storage: before.storage, time: 6_000 });
  await after.store.dispatch('retry');
  expect(states(after.composer.outbox)).toEqual(['waiting']);
  expect(after.api.posts).toEqual([]);
  after.clock.time += 1_000;
  await after.store.dispatch('retry');
  expect(after.api.posts).toMatchObject([{ key: before.api.posts[0]?.key }]);
  expect(after.composer.outbox).toEqual([]);
});

test('sends a waiting meow at the request of the reader', async () => {
  const { api, store, write, composer } = open();
  Object.assign(api, { fail: 'busy', retryAfterMs: 7_000 });
  await write('purr');
  api.fail = undefined;
  await store.dispatch('composer/retry', composer.outbox[0]?.key);
  expect(composer.outbox).toEqual([]);
});

test('sends a meow after five seconds if the reader wants to be able to take it back', async () => {
  vi.useFakeTimers();
  try {
    const { api, clock, store, write, composer, pending } = open();
    store.commit('preferences/undo', true);
    await write('on second thoughts');
    expect(states(composer.outbox)).toEqual(['delayed']);
    await store.dispatch('pushed', [meow(7, 'on second thoughts')]);
    expect(pending()).toEqual(['on second thoughts']);
    await store.dispatch('composer/edit', composer.outbox[0]?.key);
    expect(composer.draft).toBe('on second thoughts');

    await store.dispatch('composer/submit');
    clock.time += 4_000;
    await vi.advanceTimersByTimeAsync(4_000);
    expect(api.posts).toEqual([]);
    clock.time += 1_000;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.posts.map(({ text }) => text)).toEqual(['on second thoughts']);
    expect(composer.outbox).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test('sends a meow that could be taken back before a reload', async () => {
  const before = open();
  before.store.commit('preferences/undo', true);
  await before.write('purr');
  const after = open({ storage: before.storage, time: 6_000 });
  await after.store.dispatch('composer/sendPending');
  expect(after.api.posts).toHaveLength(1);
});

test('moves a failed meow back into the draft without losing the draft', async () => {
  const { api, store, write, composer, storage } = open();
  api.fail = 'refused';
  await write('first');
  store.commit('composer/drafted', 'second');
  await store.dispatch('composer/edit', composer.outbox[0]?.key);
  expect(composer.draft).toBe('first\nsecond');
  expect(composer.outbox).toEqual([]);
  expect(createOutboxStorage(storage).outbox()).toEqual([]);
});

test('removes a discarded meow', async () => {
  const { api, store, write, composer } = open();
  api.fail = 'broken';
  await write('never mind');
  await store.dispatch('composer/discard', composer.outbox[0]?.key);
  expect(composer.outbox).toEqual([]);
});

test('shows an own meow even while the reader is further down', async () => {
  const { store, write, shown } = open();
  await store.dispatch('timeline/loadNewest');
  store.commit('timeline/reading', true);
  await write('mine');
  expect(shown()).toEqual(['mine']);
  expect(store.getters['timeline/waitingCount']).toBe(0);
});
