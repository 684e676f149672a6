import type { InjectionKey } from 'vue';
import { createStore, type Store, useStore as useVuexStore } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import type { Meow } from '../meow/meow.ts';
import { composerModule } from './composer.ts';
import { connectionModule } from './connection.ts';
import type { OutboxStorage } from './outbox-storage.ts';
import { routeModule } from './route.ts';
import { searchModule } from './search.ts';
import { singleModule } from './single.ts';
import type { RootState } from './state.ts';
import { timelineModule } from './timeline.ts';

export interface StoreDependencies {
  api: MeowApi;
  storage: OutboxStorage;
  now?: () => Date;
  newKey?: () => string;
}

export type MeowerStore = Store<RootState>;
export const storeKey: InjectionKey<MeowerStore> = Symbol('store');

export function createMeowerStore(dependencies: StoreDependencies): MeowerStore {
  const { api } = dependencies;
  /** Answers in flight when a meow was deleted may still contain it. */
  const deleted = new Set<string>();
  const store = createStore<RootState>({
    modules: {
      timeline: timelineModule(api),
      composer: composerModule(dependencies),
      search: searchModule(api),
      connection: connectionModule,
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
  return store;
}

const SHOWING_MEOWS = ['timeline', 'search', 'single'];

export function useStore(): MeowerStore {
  return useVuexStore(storeKey);
}
