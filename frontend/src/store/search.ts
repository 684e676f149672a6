import { isCancelled, type Problem, problemOf } from '@meower/client/problem.ts';
import { MAX_SEARCH_DEPTH } from '@meower/shared/search/search-repository.ts';
import type { ActionContext, Module } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import { secondScript } from '../load-second-script.ts';
import { type Meow, mergeMeows, without } from '../meow/meow.ts';
import type { RootState } from './state.ts';

export interface SearchState {
  /** The query of `results`; while `loaded` is false, of the results to come. */
  query: string;
  /** Best match first. */
  results: readonly Meow[];
  /** Matching meows pushed since the search, newest first. */
  fresh: readonly Meow[];
  loading: boolean;
  loaded: boolean;
  complete: boolean;
  degraded: boolean;
  problem: Problem | undefined;
}

export const SEARCH_PAGE_SIZE = 30;

type Context = ActionContext<SearchState, RootState>;

export function searchModule(api: MeowApi): Module<SearchState, RootState> {
  let running: AbortController | undefined;

  async function fetchPage({ state, commit }: Context): Promise<void> {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    commit('requested');
    try {
      const skip = state.loaded ? state.results.length : 0;
      const answer = await api.searchMeows(state.query, {
        skip,
        take: SEARCH_PAGE_SIZE,
        signal: mine.signal,
      });
      if (running === mine) commit('answered', answer);
    } catch (error) {
      // A newer request has replaced this one.
      if (isCancelled(error) || running !== mine) return;
      commit('failed', problemOf(error));
    }
  }

  return {
    namespaced: true,

    state: () => ({
      query: '',
      results: [],
      fresh: [],
      loading: false,
      loaded: false,
      complete: false,
      degraded: false,
      problem: undefined,
    }),

    mutations: {
      began(state, query: string) {
        // The old results stay until the new ones arrive, so that nothing flickers while typing.
        Object.assign(state, { query, fresh: [], loaded: false, complete: false, problem: undefined });
      },
      requested(state) {
        state.loading = true;
        state.problem = undefined;
      },
      answered(state, { meows, degraded }: { meows: Meow[]; degraded: boolean }) {
        const before = state.loaded ? state.results : [];
        const known = new Set([...before, ...state.fresh].map(({ id }) => id));
        state.results = [...before, ...meows.filter(({ id }) => !known.has(id))];
        state.complete =
          meows.length < SEARCH_PAGE_SIZE || state.results.length + SEARCH_PAGE_SIZE > MAX_SEARCH_DEPTH;
        state.degraded = degraded;
        state.loading = false;
        state.loaded = true;
      },
      failed(state, problem: Problem) {
        state.loading = false;
        state.problem = problem;
        // Those of another query.
        if (!state.loaded) state.results = [];
      },
      ended(state) {
        Object.assign(state, {
          query: '',
          results: [],
          fresh: [],
          loading: false,
          loaded: false,
          problem: undefined,
        });
      },
      removed(state, ids: ReadonlySet<string>) {
        state.results = without(state.results, ids);
        state.fresh = without(state.fresh, ids);
      },
      received(state, matching: readonly Meow[]) {
        const known = new Set(state.results.map(({ id }) => id));
        const fresh = matching.filter(({ id }) => !known.has(id));
        if (fresh.length > 0) state.fresh = mergeMeows(state.fresh, fresh).slice(0, SEARCH_PAGE_SIZE);
      },
    },

    actions: {
      /** Shows the first results for `query`. An earlier search in flight is cancelled. */
      async search(context: Context, query: string) {
        context.commit('began', query);
        await fetchPage(context);
      },
      async more(context: Context) {
        const { loading, loaded, complete } = context.state;
        if (!loading && loaded && !complete) await fetchPage(context);
      },
      async retry(context: Context) {
        await fetchPage(context);
      },
      async retryFailed(context: Context) {
        if (context.state.problem !== undefined) await fetchPage(context);
      },
      end({ commit }: Context) {
        running?.abort();
        running = undefined;
        commit('ended');
      },
      /** Adds the pushed meows that the search would find. The second script has the matcher, and the view. */
      async receive({ state, commit }: Context, meows: readonly Meow[]) {
        // While that cannot be loaded, meows are not collected.
        if (state.query === '' || secondScript.failed.value) return;
        const { createMatcher } = await secondScript.load();
        const { matches } = createMatcher(state.query);
        commit(
          'received',
          meows.filter(({ text }) => matches(text)),
        );
      },
    },
  };
}
