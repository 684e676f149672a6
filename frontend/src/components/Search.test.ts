import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { meow } from '../testing/fake-api.ts';
import { testApp } from '../testing/test-app.ts';
import Search from './Search.vue';
import SearchBox from './SearchBox.vue';

let unmount = () => undefined as unknown;
beforeEach(() => {
  vi.useFakeTimers();
  history.replaceState(null, '', '/');
});
afterEach(() => {
  unmount();
  vi.useRealTimers();
});

function open() {
  const { api, store, show } = testApp();
  const box = show(SearchBox);
  const results = show(Search);
  unmount = () => {
    box.unmount();
    results.unmount();
  };
  const input = box.get('input');
  const search = async (query: string) => {
    await input.setValue(query);
    await vi.advanceTimersByTimeAsync(300);
  };
  return { api, store, box, input, results, search };
}

test('searches when typing pauses', async () => {
  const { api, input } = open();
  for (const typed of ['c', 'ca', 'cat']) {
    await input.setValue(typed);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(api.searches).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(200);
  expect(api.searches.map(({ query }) => query)).toEqual(['cat']);
  expect(location.search).toBe('?query=cat');
});

test('shows the results with the matches highlighted', async () => {
  const { api, results, search } = open();
  await search('cat');
  api.searches[0]?.answer({ meows: [meow(1, 'a <b>Cat</b>')], degraded: false });
  await flushPromises();
  expect(results.get('article').text()).toContain('a <b>Cat</b>');
  expect(results.get('mark').text()).toBe('Cat');
  expect(results.get('[role=status]').text()).toBe('1 meow found');
});

test('distinguishes no results from an unavailable search', async () => {
  const { api, results, search } = open();
  await search('cat');
  api.searches[0]?.answer({ meows: [], degraded: false });
  await flushPromises();
  expect(results.text()).toContain('No meows found');

  await search('cats');
  api.searches[1]?.answer({ meows: [], degraded: true });
  await flushPromises();
  expect(results.text()).toContain('Search is unavailable');
  expect(results.text()).not.toContain('No meows found');
});

test('shows a new meow that matches above the results', async () => {
  const { api, store, results, search } = open();
  await search('cat');
  api.searches[0]?.answer({ meows: [meow(1, 'cat')], degraded: false });
  await store.dispatch('pushed', [meow(2, 'new cat'), meow(3, 'new dog')]);
  await flushPromises();
  expect(results.findAll('article').map((article) => article.get('.meow-text').text())).toEqual([
    'new cat',
    'cat',
  ]);
});

test('returns to the timeline when the box is cleared', async () => {
  const { store, box, search } = open();
  await search('cat');
  await box.get('button').trigger('click');
  expect(store.state.route.current.view).toBe('timeline');
  expect(store.state.search.query).toBe('');
});
