import type { Module } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import { type Problem, problemOf } from '../api/problem.ts';
import { type Meow, mergeMeows } from '../meow/meow.ts';
import type { RootState } from './state.ts';

export interface TimelineState {
  /** What is shown, newest first, without a gap. */
  meows: readonly Meow[];
  /** What came while the person was reading further down: shown when asked for. */
  waiting: readonly Meow[];
  /** How many more came than `waiting` keeps. */
  uncounted: number;
  /** The top of the list is not the newest: there are meows in between that have not been fetched. */
  detached: boolean;
  /** The person is reading further down; nothing may move. */
  holding: boolean;
  /** A first page has been fetched. */
  loaded: boolean;
  /** The last of `meows` is the oldest of all. */
  complete: boolean;
  loadingNewest: number;
  loadingOlder: boolean;
  problem: Problem | undefined;
  olderProblem: Problem | undefined;
  /** Newest id before the stretch that a fetch of the newest must close. */
  gapAfter: string | undefined;
  /** The page is in front; otherwise what comes is counted in its title. */
  watched: boolean;
  /** What came by push while nobody looked. */
  unseen: number;
  /** What came by push at all. */
  arrived: number;
}

export const PAGE = 50;
/** So many pages are fetched to join the newest meows to those shown; a longer absence starts the list anew. */
const JOINING_PAGES = 4;
/** Bounds of memory: meows that wait, that are kept at the top of the page, and that are shown at most. */
export const LIMITS = { waiting: 1_000, atTop: 1_000, shown: 5_000 };

export function timelineModule(api: MeowApi): Module<TimelineState, RootState> {
  return {
    namespaced: true,

    state: () => ({
      meows: [],
      waiting: [],
      uncounted: 0,
      detached: false,
      holding: false,
      loaded: false,
      complete: false,
      loadingNewest: 0,
      loadingOlder: false,
      problem: undefined,
      olderProblem: undefined,
      gapAfter: undefined,
      watched: true,
      unseen: 0,
      arrived: 0,
    }),

    getters: {
      waitingCount: ({ waiting, uncounted }) => waiting.length + uncounted,
      unread: ({ waiting, uncounted, unseen }) => waiting.length + uncounted + unseen,
      /** No older page is added to so many; the list can go on from its end instead. */
      full: ({ meows }) => meows.length >= LIMITS.shown,
    },

    mutations: {
      newestRequested(state) {
        state.loadingNewest++;
        state.gapAfter ??= newestOf(state)?.id;
      },
      newestLoaded(state, { meows, complete, joined }: NewestPage) {
        state.loadingNewest--;
        state.problem = undefined;
        state.gapAfter = undefined;
        if (state.loaded && joined) return place(state, meows);
        if (state.loaded && state.holding) {
          // Replacing the list would move what is being read.
          state.detached = true;
          state.uncounted += meows.length + state.waiting.length;
          state.waiting = [];
          return;
        }
        // What was pushed since is newer than the page; what was there before is on the far side of a gap.
        const since = newestId(meows);
        startOver(
          state,
          mergeMeows(meows, state.loaded ? state.meows.filter(({ id }) => id > since) : state.meows),
        );
        state.complete = complete;
        state.loaded = true;
      },
      newestFailed(state, problem: Problem) {
        state.loadingNewest--;
        state.problem = problem;
      },
      olderRequested(state) {
        state.loadingOlder = true;
        state.olderProblem = undefined;
      },
      olderLoaded(state, { meows, complete }: OlderPage) {
        state.loadingOlder = false;
        state.complete = complete;
        state.meows = mergeMeows(state.meows, meows);
      },
      olderFailed(state, problem: Problem) {
        state.loadingOlder = false;
        state.olderProblem = problem;
      },
      continued(state, { meows, complete }: OlderPage) {
        state.loadingOlder = false;
        startOver(state, meows);
        state.complete = complete;
        state.detached = true;
      },
      received(state, meows: readonly Meow[]) {
        const count = place(state, meows);
        state.arrived += count;
        // What waits is counted as waiting.
        if (!state.watched && !state.holding && !state.detached) state.unseen += count;
      },
      /** A meow of the person's own is shown at once, whatever is being read. */
      ownPosted(state, meow: Meow) {
        state.waiting = state.waiting.filter(({ id }) => id !== meow.id);
        // The pushed one carries the exact time.
        if (!state.detached && !state.meows.some(({ id }) => id === meow.id)) {
          state.meows = mergeMeows(state.meows, [meow]);
        }
      },
      held(state, holding: boolean) {
        state.holding = holding;
      },
      revealed(state) {
        state.meows = trimmed(state, mergeMeows(state.meows, state.waiting));
        state.waiting = [];
      },
      restarted(state, { meows, complete }: OlderPage) {
        startOver(state, meows);
        state.complete = complete;
      },
      watched(state, watched: boolean) {
        state.watched = watched;
        if (watched) state.unseen = 0;
      },
    },

    actions: {
      async loadNewest({ state, commit }) {
        commit('newestRequested');
        const { gapAfter } = state;
        try {
          const meows = await api.listMeows({ take: PAGE });
          let full = meows.length === PAGE;
          for (let pages = 1; pages < JOINING_PAGES && full && isApart(meows, gapAfter); pages++) {
            const page = await api.listMeows({ take: PAGE, before: meows.at(-1)?.id });
            full = page.length === PAGE;
            meows.push(...page);
          }
          commit('newestLoaded', { meows, complete: !full, joined: !full || !isApart(meows, gapAfter) });
        } catch (error) {
          commit('newestFailed', problemOf(error));
        }
      },

      async loadOlder({ state, getters, commit }) {
        if (state.loadingOlder || state.complete || !state.loaded || getters.full) return;
        commit('olderRequested');
        try {
          commit('olderLoaded', await olderPage(api, state));
        } catch (error) {
          commit('olderFailed', problemOf(error));
        }
      },

      /** Shows what comes before the end of a full list, in its place. */
      async continueFurther({ state, commit }) {
        if (state.loadingOlder) return;
        commit('olderRequested');
        try {
          commit('continued', await olderPage(api, state));
        } catch (error) {
          commit('olderFailed', problemOf(error));
        }
      },

      receive({ commit }, meows: readonly Meow[]) {
        commit('received', meows);
      },

      /** Brings what has been waiting; rejects nothing, a failure is in `problem`. */
      async reveal({ state, commit }) {
        if (!state.detached && state.uncounted === 0) return commit('revealed');
        try {
          const meows = await api.listMeows({ take: PAGE });
          commit('restarted', { meows, complete: meows.length < PAGE });
        } catch (error) {
          commit('olderFailed', problemOf(error));
        }
      },
    },
  };
}

interface OlderPage {
  meows: Meow[];
  complete: boolean;
}

interface NewestPage extends OlderPage {
  /** The page reaches down to what was known before. */
  joined: boolean;
}

async function olderPage(api: MeowApi, { meows: shown }: TimelineState): Promise<OlderPage> {
  const meows = await api.listMeows({ take: PAGE, before: shown.at(-1)?.id });
  return { meows, complete: meows.length < PAGE };
}

function isApart(page: readonly Meow[], gapAfter: string | undefined): boolean {
  const oldest = page.at(-1);
  return gapAfter !== undefined && oldest !== undefined && oldest.id > gapAfter;
}

function newestOf({ waiting, meows }: TimelineState): Meow | undefined {
  return waiting[0] ?? meows[0];
}

function newestId(meows: readonly Meow[]): string {
  return meows[0]?.id ?? '';
}

/** Puts meows where they belong, and says how many of them are new. */
function place(state: TimelineState, incoming: readonly Meow[]): number {
  const known = new Set([...state.meows, ...state.waiting].map(({ id }) => id));
  // What is older than the end of the list comes with its page, in its place.
  const end = state.loaded && !state.complete ? (state.meows.at(-1)?.id ?? '') : '';
  const fresh = incoming.filter(({ id }) => !known.has(id) && id > end);

  if (state.detached) {
    state.uncounted += fresh.length;
  } else if (state.holding) {
    const waiting = mergeMeows(state.waiting, fresh);
    state.uncounted += Math.max(0, waiting.length - LIMITS.waiting);
    state.waiting = waiting.slice(0, LIMITS.waiting);
  } else {
    const shown = new Set(state.meows.map(({ id }) => id));
    const confirmed = incoming.filter(({ id }) => shown.has(id));
    state.meows = trimmed(state, mergeMeows(state.meows, [...fresh, ...confirmed]));
  }
  return fresh.length;
}

function startOver(state: TimelineState, meows: readonly Meow[]): void {
  state.meows = meows;
  state.waiting = [];
  state.uncounted = 0;
  state.detached = false;
  state.olderProblem = undefined;
}

function trimmed(state: TimelineState, meows: Meow[]): Meow[] {
  if (meows.length <= LIMITS.atTop) return meows;
  state.complete = false;
  return meows.slice(0, LIMITS.atTop);
}
