import { beforeEach, expect, test } from 'vitest';
import { navigate, pathOf, routeOf, startRouting } from './routing.ts';
import { createMeowerStore } from './store/index.ts';
import type { Route } from './store/route.ts';
import { FakeApi } from './testing/fake-api.ts';
import { fakeStorage } from './testing/fake-storage.ts';

beforeEach(() => history.replaceState(null, '', '/'));

function open() {
  const store = createMeowerStore({ api: new FakeApi(), storage: fakeStorage() });
  startRouting(store);
  return store;
}

test.each<Route>([
  { view: 'timeline' },
  { view: 'search', query: 'Tom & Jerry ?#ß' },
  { view: 'meow', id: '3MOqzeKIYVtCEDL6lkzPvKo48ZO' },
])('reads %j back from its address', (route) => {
  expect(routeOf(new URL(pathOf(route), 'http://cats.example'))).toEqual(route);
});

test('shows the timeline for any other address', () => {
  for (const path of ['/', '/?query=', '/?query=%20', '/m/', '/m/a/b', '/else'])
    expect(routeOf(new URL(path, 'http://cats.example'))).toEqual({ view: 'timeline' });
});

test('searches when opened by a link to a search', () => {
  history.replaceState(null, '', '/?query=tom%26jerry');
  const store = open();
  expect(store.state.search.query).toBe('tom&jerry');
});

test('makes the letters of a query one step of the back button', () => {
  const store = open();
  const steps = history.length;
  for (const query of ['c', 'ca', 'cat']) navigate(store, { view: 'search', query }, { typing: true });
  expect(location.search).toBe('?query=cat');
  expect(history.length).toBe(steps + 1);
  expect(store.state.search.query).toBe('cat');
});

test('makes a query that was entered a step of its own', () => {
  const store = open();
  const steps = history.length;
  navigate(store, { view: 'search', query: 'ca' }, { typing: true });
  navigate(store, { view: 'search', query: 'cat' });
  navigate(store, { view: 'search', query: 'cat' }, { typing: true });
  navigate(store, { view: 'search', query: 'd' }, { typing: true });
  navigate(store, { view: 'search', query: 'dog' }, { typing: true });
  expect(location.search).toBe('?query=dog');
  expect(history.length).toBe(steps + 2);
});

test('keeps the results of a search while one of them is shown', async () => {
  const store = open();
  navigate(store, { view: 'search', query: 'cat' });
  navigate(store, { view: 'meow', id: 'm1' });
  expect(store.state.search.query).toBe('cat');
});

test('ends the search when going back to the timeline', () => {
  const store = open();
  navigate(store, { view: 'search', query: 'cat' });
  history.replaceState(null, '', '/');
  dispatchEvent(new PopStateEvent('popstate'));
  expect(store.state.route.current.view).toBe('timeline');
  expect(store.state.search.query).toBe('');
});
