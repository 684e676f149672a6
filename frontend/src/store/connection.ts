import type { LiveState } from '@meower/client/live-client.ts';
import type { Module } from 'vuex';
import type { RootState } from './state.ts';

export interface ConnectionState {
  live: LiveState;
}

export const connectionModule: Module<ConnectionState, RootState> = {
  namespaced: true,
  state: () => ({ live: { status: 'connecting' } }),
  mutations: {
    changed(state, live: LiveState) {
      state.live = live;
    },
  },
};
