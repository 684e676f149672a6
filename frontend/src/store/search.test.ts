import { expect, test } from 'vitest';
import { FakeApi, meow, meowsDown } from '../testing/fake-api.ts';
import { fakeStorage } from '../testing/fake-storage.ts';
import { createMeowerStore } from './index.ts';
import { SEARCH_PAGE_SIZE } from './search.ts';

function open() {
  const api = new FakeApi();
  const store = createMeowerStore({ api, storage: fakeStorage() });
  const found = () => store.state.search.results.map(({ text }) => text);
  return { api, store, search: store.state.search, found };
}

test('drops a late answer to an earlier query', async () => {
  const { api, store, search, found } = open();
  const first = store.dispatch('search/search', 'ca');
  const second = store.dispatch('search/search', 'cat');
  api.searches[1]?.answer({ meows: [meow(2, 'cat')], degraded: false });
  await second;
  api.searches[0]?.answer({ meows: [meow(1, 'cab')], degraded: false });
  await first;
  expect(found()).toEqual(['cat']);
  expect(search.loading).toBe(false);
});

test('keeps the old results until the new ones arrive', async () => {
  const { api, store, found } = open();
  const first = store.dispatch('search/search', 'cat');
  api.searches[0]?.answer({ meows: [meow(1, 'cat')], degraded: false });
  await first;
  const second = store.dispatch('search/search', 'cats');
  expect(found()).toEqual(['cat']);
  api.searches[1]?.answer({ meows: [meow(2, 'cats')], degraded: false });
  await second;
  expect(found()).toEqual(['cats']);
  expect(api.searches[1]?.skip).toBe(0);
});

test('does not show the results of another query when a search has failed', async () => {
  const { api, store, search, found } = open();
  const first = store.dispatch('search/search', 'cat');
  api.searches[0]?.answer({ meows: meowsDown(100, 101 - SEARCH_PAGE_SIZE), degraded: false });
  await first;
  const more = store.dispatch('search/more');
  api.searches[1]?.fail('broken');
  await more;
  expect(found()).toHaveLength(SEARCH_PAGE_SIZE);

  const second = store.dispatch('search/search', 'dog');
  api.searches[2]?.fail('broken');
  await second;
  expect(search.problem).toBe('broken');
  expect(found()).toEqual([]);
});

test('appends more results, each meow once', async () => {
  const { api, store, search } = open();
  const first = store.dispatch('search/search', 'meow');
  api.searches[0]?.answer({ meows: meowsDown(100, 101 - SEARCH_PAGE_SIZE), degraded: false });
  await first;
  const more = store.dispatch('search/more');
  await store.dispatch('search/more');
  // Meanwhile, one meow has moved from the first page to the second.
  api.searches[1]?.answer({
    meows: meowsDown(101 - SEARCH_PAGE_SIZE, 100 - SEARCH_PAGE_SIZE),
    degraded: false,
  });
  await more;
  expect(api.searches.map(({ skip }) => skip)).toEqual([0, SEARCH_PAGE_SIZE]);
  expect(new Set(search.results.map(({ id }) => id)).size).toBe(SEARCH_PAGE_SIZE + 1);
  expect(search.results).toHaveLength(SEARCH_PAGE_SIZE + 1);
  expect(search.complete).toBe(true);
});

test('adds new meows only if they match', async () => {
  const { api, store, search } = open();
  const searching = store.dispatch('search/search', 'tomcat');
  api.searches[0]?.answer({ meows: [meow(1, 'tomcat')], degraded: false });
  await searching;
  await store.dispatch('pushed', [meow(2, 'a TOMCATS sings'), meow(3, 'a dog'), meow(1, 'tomcat')]);
  expect(search.fresh.map(({ text }) => text)).toEqual(['a TOMCATS sings']);
});

test('reports a degraded search', async () => {
  const { api, store, search } = open();
  const searching = store.dispatch('search/search', 'cat');
  api.searches[0]?.answer({ meows: [], degraded: true });
  await searching;
  expect(search).toMatchObject({ loaded: true, degraded: true, results: [] });
});

test('ignores an answer that arrives after the search has ended', async () => {
  const { api, store, search } = open();
  const searching = store.dispatch('search/search', 'cat');
  await store.dispatch('search/end');
  api.searches[0]?.answer({ meows: [meow(1, 'cat')], degraded: false });
  await searching;
  expect(search).toMatchObject({ query: '', results: [], loading: false });
});
