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
  return { api, store, shown };
}

test('counts waiting meows in the title', async () => {
  const { store } = await open();
  expect(document.title).toBe('Meower');
  store.commit('timeline/held', true);
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

test('shows the meow of a permalink, or that there is none', async () => {
  const { api, store, shown } = await open();
  api.meows = [...api.meows, meow(0, 'an old one')];
  navigate(store, { view: 'meow', id: idOf(0) });
  await expect.poll(() => shown.find('.single article').exists()).toBe(true);
  expect(shown.get('.single article').text()).toContain('an old one');

  navigate(store, { view: 'meow', id: 'gone' });
  await expect.poll(() => shown.get('.single').text()).toContain('Meow not found');
});
