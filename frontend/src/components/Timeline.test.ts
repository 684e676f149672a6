import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeApi, idOf, meow, meowsDown } from '../testing/fake-api.ts';
import { testApp } from '../testing/test-app.ts';
import Timeline from './Timeline.vue';

let unmount = () => undefined as unknown;
beforeEach(() => scrollTo(0, 0));
afterEach(() => unmount());

async function open(newest: number, api = new FakeApi()) {
  api.meows = newest > 0 ? meowsDown(newest, 1) : [];
  const { store, show } = testApp({ api });
  const shown = show(Timeline);
  unmount = () => shown.unmount();
  const load = async () => {
    await store.dispatch('timeline/loadNewest');
    await flushPromises();
  };
  const pill = () => shown.find('button.pill');
  return { api, store, shown, load, pill };
}

test('shows skeletons until the meows are loaded', async () => {
  const { shown, load } = await open(3);
  expect(shown.find('.placeholder').exists()).toBe(true);
  await load();
  expect(shown.find('.placeholder').exists()).toBe(false);
  expect(shown.findAll('article')).toHaveLength(3);
});

test('invites the first cat when the timeline is empty', async () => {
  const { shown, load } = await open(0);
  await load();
  expect(shown.text()).toContain('Be the first cat!');
});

test('reports a failing server and offers to try again', async () => {
  const { api, shown, load } = await open(3);
  api.fail = 'unreachable';
  await load();
  expect(shown.get('[role=alert]').text()).toContain('check your connection');
  api.fail = undefined;
  await shown.get('[role=alert] button').trigger('click');
  await flushPromises();
  expect(shown.findAll('article')).toHaveLength(3);
});

test('renders only the meows near the window of a long list', async () => {
  const { store, shown, load } = await open(50);
  await load();
  await store.dispatch('timeline/receive', meowsDown(1_000, 51));
  await flushPromises();
  expect(store.state.timeline.meows).toHaveLength(1_000);
  expect(shown.findAll('article').length).toBeLessThan(60);
});

test('counts new meows in a pill while scrolled down, and shows them on a click', async () => {
  const { store, shown, load, pill } = await open(50);
  await load();
  scrollTo(0, 400);
  dispatchEvent(new Event('scroll'));
  await store.dispatch('pushed', [meow(51), meow(52)]);
  await flushPromises();
  expect(pill().text()).toContain('2 new meows');
  expect(shown.get('article').attributes('data-id')).toBe('m000050');

  await pill().trigger('click');
  await flushPromises();
  expect(pill().exists()).toBe(false);
  expect(shown.get('article').attributes('data-id')).toBe('m000052');
  await expect.poll(() => scrollY).toBe(0);
});

test('shows waiting meows when scrolled back to the top', async () => {
  const { store, shown, load, pill } = await open(50);
  await load();
  scrollTo(0, 400);
  dispatchEvent(new Event('scroll'));
  await store.dispatch('pushed', [meow(51)]);
  scrollTo(0, 0);
  dispatchEvent(new Event('scroll'));
  await flushPromises();
  expect(pill().exists()).toBe(false);
  expect(shown.get('article').attributes('data-id')).toBe('m000051');
});

test('moves nothing while the pointer is in the list, and shows new meows when it has left', async () => {
  const { store, shown, load, pill } = await open(50);
  await load();
  const feed = shown.get('.meow-feed');
  await feed.trigger('pointermove', { clientX: 7, clientY: 7 });
  await store.dispatch('pushed', [meow(51)]);
  await flushPromises();
  expect(shown.get('article').attributes('data-id')).toBe('m000050');
  expect(pill().text()).toContain('1 new meow');
  await feed.trigger('pointerleave');
  expect(shown.get('article').attributes('data-id')).toBe('m000051');

  // The list has moved under a resting pointer.
  await feed.trigger('pointermove', { clientX: 7, clientY: 7 });
  await store.dispatch('pushed', [meow(52)]);
  await flushPromises();
  expect(shown.get('article').attributes('data-id')).toBe('m000052');
});

test('moves nothing while the focus is in the list', async () => {
  const { store, shown, load } = await open(50);
  await load();
  shown.get<HTMLElement>('article a').element.focus();
  await store.dispatch('pushed', [meow(51)]);
  await flushPromises();
  expect(shown.get('article').attributes('data-id')).toBe('m000050');
});

test('moves nothing while more than one meow a second comes', async () => {
  const { store, load, pill } = await open(50);
  await load();
  vi.useFakeTimers();
  try {
    for (let number = 51; number <= 60; number++) await store.dispatch('pushed', [meow(number)]);
    await flushPromises();
    expect(store.state.timeline.meows[0]?.id).toBe(idOf(56));
    expect(pill().text()).toContain('4 new meows');
    await pill().trigger('click');
    await store.dispatch('pushed', [meow(61)]);
    expect(store.state.timeline.meows[0]?.id).toBe(idOf(60));

    await vi.advanceTimersByTimeAsync(6_000);
    expect(store.state.timeline.meows[0]?.id).toBe(idOf(61));
  } finally {
    vi.useRealTimers();
  }
});

test('keeps the text of a failed meow and offers to try again', async () => {
  const { api, store, shown, load } = await open(1);
  await load();
  api.fail = 'broken';
  store.commit('composer/drafted', 'purr');
  await store.dispatch('composer/submit');
  await flushPromises();
  const failed = shown.get('.pending');
  expect(failed.text()).toContain('purr');
  expect(failed.text()).toContain('Not sent.');

  api.fail = undefined;
  await failed
    .findAll('button')
    .find((button) => button.text() === 'Try again')
    ?.trigger('click');
  await flushPromises();
  expect(shown.find('.pending').exists()).toBe(false);
  expect(shown.get('article').text()).toContain('purr');
});
