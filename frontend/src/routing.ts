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

/**
 * Goes to a view. Each call is a step of the back button, but the letters of a query, `typing`, are one step
 * until another call ends it.
 */
export function navigate(store: MeowerStore, route: Route, { typing = false } = {}): void {
  const path = pathOf(route);
  const isSame = path === location.pathname + location.search;
  const continues = isSame || (route.view === 'search' && isTyping(history.state));
  if (!isSame || !typing) history[continues ? 'replaceState' : 'pushState'](typing ? TYPING : null, '', path);
  follow(store, route);
}

/** Of a history entry whose query is being typed. */
const TYPING = { typing: true };
const isTyping = (state: unknown) => (state as typeof TYPING | null)?.typing === true;

/** Shows the view of the address, now and after each back or forward. */
export function startRouting(store: MeowerStore): void {
  addEventListener('popstate', () => follow(store, routeOf(location)));
  follow(store, routeOf(location));
}

function follow(store: MeowerStore, route: Route): void {
  store.commit('route/changed', route);
  if (route.view === 'search') {
    if (route.query !== store.state.search.query) void store.dispatch('search/search', route.query);
  } else if (route.view === 'timeline' && store.state.search.query !== '') {
    void store.dispatch('search/end');
  }
  if (route.view === 'meow') void store.dispatch('single/open', route.id);
}
