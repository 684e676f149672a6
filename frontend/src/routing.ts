import type { MeowerStore } from './store/index.ts';
import type { Route } from './store/route.ts';

/** The address of a view: `/`, `/?query=…` or `/m/<id>`. */
export function pathOf(route: Route): string {
  if (route.view === 'meow') return `/m/${encodeURIComponent(route.id)}`;
  if (route.view === 'search') return `/?${new URLSearchParams({ query: route.query })}`;
  return '/';
}

export function routeOf({ pathname, search }: Pick<Location, 'pathname' | 'search'>): Route {
  const id = /^\/m\/([0-9A-Za-z]+)\/?$/.exec(pathname)?.[1];
  if (id !== undefined) return { view: 'meow', id };
  const query = new URLSearchParams(search).get('query') ?? '';
  return query.trim() === '' ? { view: 'timeline' } : { view: 'search', query };
}

/** Goes to a view. Each call is a step of the back button, but the letters of a query are one step. */
export function navigate(store: MeowerStore, route: Route): void {
  const typing = route.view === 'search' && store.state.route.current.view === 'search';
  history[typing ? 'replaceState' : 'pushState'](null, '', pathOf(route));
  follow(store, route);
}

/** Shows what the address says, now and after each back or forward. */
export function startRouting(store: MeowerStore): void {
  addEventListener('popstate', () => follow(store, routeOf(location)));
  follow(store, routeOf(location));
}

function follow(store: MeowerStore, route: Route): void {
  store.commit('route/changed', route);
  if (route.view === 'search') {
    if (route.query !== store.state.search.query) void store.dispatch('search/search', route.query);
  } else if (store.state.search.query !== '') {
    void store.dispatch('search/end');
  }
  if (route.view === 'meow') void store.dispatch('single/open', route.id);
}
