import type { Report } from '@meower/client/http-client.ts';
import { type Problem, problemOf } from '@meower/client/problem.ts';
import type { InjectionKey } from 'vue';
import { createStore, type Store, useStore as useVuexStore } from 'vuex';
import type { BrowserStorage } from '../browser-storage.ts';
import type { Meow } from '../meow/meow.ts';
import { type ComposerDependencies, composerModule } from './composer.ts';
import { connectionModule } from './connection.ts';
import { createOutboxStorage } from './outbox-storage.ts';
import { preferencesModule } from './preferences.ts';
import { routeModule } from './route.ts';
import { searchModule } from './search.ts';
import { singleModule } from './single.ts';
import type { RootState } from './state.ts';
import { timelineModule } from './timeline.ts';

export type MeowerStore = Store<RootState>;
export const storeKey: InjectionKey<MeowerStore> = Symbol('store');

/** `unsupported`: this Meower accepts no reports. */
export type ReportResult = 'sent' | 'unsupported' | Problem;

export interface StoreDependencies extends Omit<ComposerDependencies, 'storage'> {
  storage: BrowserStorage;
}

export function createMeowerStore(dependencies: StoreDependencies): MeowerStore {
  const { api, storage } = dependencies;
  /** Answers in flight when a meow was deleted may still contain it. */
  const deleted = new Set<string>();
  const store = createStore<RootState>({
    modules: {
      timeline: timelineModule(api),
      composer: composerModule({ ...dependencies, storage: createOutboxStorage(storage) }),
      search: searchModule(api),
      connection: connectionModule,
      preferences: preferencesModule(storage),
      route: routeModule,
      single: singleModule(api),
    },
    actions: {
      /** Passes meows from the pusher to the modules that show them. */
      async pushed({ dispatch }, meows: readonly Meow[]) {
        await dispatch('composer/recognise', meows);
        await dispatch('timeline/receive', meows);
        await dispatch('search/receive', meows);
      },
      /** Tries again what has failed, unless the server is busy. Asks for new meows if the page is not live. */
      async retry({ dispatch }) {
        if (Date.now() < api.busyUntil) return;
        await Promise.all(RETRYING.map((module) => dispatch(`${module}/retryFailed`)));
      },
      /** Reports a meow to the moderators. */
      async report(_, { id, ...report }: Report & { id: string }): Promise<ReportResult> {
        try {
          return (await api.reportMeow(id, report)) ? 'sent' : 'unsupported';
        } catch (error) {
          return problemOf(error);
        }
      },
      /** Removes a meow permanently wherever it is shown. */
      deleted({ commit }, id: string) {
        deleted.add(id);
        for (const module of SHOWING_MEOWS) commit(`${module}/removed`, deleted);
      },
    },
  });
  store.subscribe(({ type }) => {
    const [module = ''] = type.split('/');
    if (deleted.size > 0 && SHOWING_MEOWS.includes(module) && !type.endsWith('/removed'))
      store.commit(`${module}/removed`, deleted);
  });
  storage.onChange(() => {
    store.commit('composer/synchronised');
    store.commit('preferences/synchronised');
  });
  return store;
}

const SHOWING_MEOWS = ['timeline', 'search', 'single'];
const RETRYING = [...SHOWING_MEOWS, 'composer'];

export function useStore(): MeowerStore {
  return useVuexStore(storeKey);
}
