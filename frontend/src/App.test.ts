import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import App from './App.vue';
import { navigate } from './routing.ts';
import { FakeApi, idOf, meow, meowsDown } from './testing/fake-api.ts';
import { testApp } from './testing/test-app.ts';

let unmount = () => undefined as unknown;
beforeEach(() => {
  history.replaceState(null, '', '/');
  scrollTo(0, 0);
});
afterEach(() => unmount());

async function open() {
  const api = new FakeApi();
  api.meows = meowsDown(50, 1);
  const { store, show } = testApp({ api });
  await store.dispatch('timeline/loadNewest');
  const shown = show(App);
  unmount = () => shown.unmount();
  await expect.poll(() => shown.find('.timeline').exists()).toBe(true);
  return { api, store, shown };
}

test('counts waiting meows in the title', async () => {
  const { store } = await open();
  expect(document.title).toBe('Meower');
  scrollTo(0, 400);
  dispatchEvent(new Event('scroll'));
  await store.dispatch('pushed', [meow(51), meow(52)]);
  await flushPromises();
  expect(document.title).toBe('(2) Meower');
});

test('restores the scroll position of the timeline after a search', async () => {
  const { store, shown } = await open();
  scrollTo(0, 700);
  navigate(store, { view: 'search', query: 'cat' });
  await expect.poll(() => shown.find('.search-results').exists()).toBe(true);
  expect(scrollY).toBe(0);

  navigate(store, { view: 'timeline' });
  await flushPromises();
  expect(shown.find('.timeline').exists()).toBe(true);
  expect(scrollY).toBe(700);
});

test('restores the scroll position of a search after one of its results', async () => {
  const { api, store, shown } = await open();
  navigate(store, { view: 'search', query: 'cat' });
  await expect.poll(() => shown.find('.search-results').exists()).toBe(true);
  api.searches[0]?.answer({ meows: meowsDown(30, 1), degraded: false });
  await flushPromises();
  scrollTo(0, 700);
  navigate(store, { view: 'meow', id: idOf(7) });
  await expect.poll(() => shown.find('.single article').exists()).toBe(true);
  expect(scrollY).toBe(0);

  navigate(store, { view: 'search', query: 'cat' });
  await flushPromises();
  expect(shown.findAll('.search-results article')).not.toEqual([]);
  expect(scrollY).toBe(700);
  navigate(store, { view: 'search', query: 'dog' });
  await flushPromises();
  expect(scrollY).toBe(0);
});

test('shows the newest meows on a click on the logo', async () => {
  const { store, shown } = await open();
  scrollTo(0, 700);
  dispatchEvent(new Event('scroll'));
  await store.dispatch('pushed', [meow(51)]);
  expect(store.state.timeline.meows[0]?.id).toBe(idOf(50));
  await shown.get('[aria-label="Meower home"]').trigger('click');
  await expect.poll(() => scrollY).toBe(0);
  expect(store.state.timeline.meows[0]?.id).toBe(idOf(51));
});

test('shows the meow of a permalink, or that there is none', async () => {
  const { api, store, shown } = await open();
  api.meows = [...api.meows, meow(0, 'an old one')];
  navigate(store, { view: 'meow', id: idOf(0) });
  await expect.poll(() => shown.find('.single article').exists()).toBe(true);
  expect(shown.get('.single article').text()).toContain('an old one');

  navigate(store, { view: 'meow', id: 'gone' });
  await expect.poll(() => shown.get('.single').text()).toContain('Meow not found');
});
