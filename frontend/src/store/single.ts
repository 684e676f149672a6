import { type Problem, problemOf } from '@meower/client/problem.ts';
import type { Module } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import type { Meow } from '../meow/meow.ts';
import type { RootState } from './state.ts';

/** The meow that a permalink shows. */
export interface SingleState {
  id: string;
  meow: Meow | undefined;
  problem: Problem | undefined;
}

export function singleModule(api: MeowApi): Module<SingleState, RootState> {
  return {
    namespaced: true,
    state: () => ({ id: '', meow: undefined, problem: undefined }),
    mutations: {
      opened(state, { id, meow }: { id: string; meow: Meow | undefined }) {
        Object.assign(state, { id, meow, problem: undefined });
      },
      loaded(state, meow: Meow) {
        if (state.id === meow.id) state.meow = meow;
      },
      removed(state, ids: ReadonlySet<string>) {
        if (ids.has(state.id)) Object.assign(state, { meow: undefined, problem: 'missing' });
      },
      failed(state, { id, problem }: { id: string; problem: Problem }) {
        if (state.id === id) state.problem = problem;
      },
    },
    actions: {
      async retryFailed({ state, dispatch }) {
        if (state.problem !== undefined && state.problem !== 'missing') await dispatch('open', state.id);
      },
      async open({ rootState, commit }, id: string) {
        const { timeline, search } = rootState;
        const lists = [timeline.meows, timeline.newer, search.results, search.fresh];
        const known = lists.flat().find((meow) => meow.id === id);
        commit('opened', { id, meow: known });
        if (known !== undefined) return;
        try {
          commit('loaded', await api.getMeow(id));
        } catch (error) {
          commit('failed', { id, problem: problemOf(error) });
        }
      },
    },
  };
}
