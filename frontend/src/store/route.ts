import type { Module } from 'vuex';
import type { RootState } from './state.ts';

export type Route = { view: 'timeline' } | { view: 'search'; query: string } | { view: 'meow'; id: string };

export interface RouteState {
  current: Route;
}

export const routeModule: Module<RouteState, RootState> = {
  namespaced: true,
  state: () => ({ current: { view: 'timeline' } }),
  mutations: {
    changed(state, route: Route) {
      state.current = route;
    },
  },
};
