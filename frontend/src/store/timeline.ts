import type { Module } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import { type Problem, problemOf } from '../api/problem.ts';
import { type Meow, mergeMeows, without } from '../meow/meow.ts';
import type { RootState } from './state.ts';

export interface TimelineState {
  /** The meows shown, newest first, without a gap. */
  meows: readonly Meow[];
  /** Meows that arrived while the reader was further down. They are shown when the reader asks. */
  waiting: readonly Meow[];
  /** How many more arrived than `waiting` holds. */
  uncounted: number;
  /** `meows` does not reach up to the newest: there are meows above it that have not been loaded. */
  detached: boolean;
  /** The reader is further down, so nothing may move. */
  holding: boolean;
  /** The first page has been loaded. */
  loaded: boolean;
  /** The last of `meows` is the oldest of all. */
  complete: boolean;
  loadingNewest: number;
  loadingOlder: boolean;
  problem: Problem | undefined;
  olderProblem: Problem | undefined;
  /** The newest id known before a request for the newest meows, whose answer must reach down to it. */
  gapAfter: string | undefined;
  /** The browser tab is visible. If not, new meows are counted in its title. */
  watched: boolean;
  /** How many meows were pushed while the tab was hidden. */
  unseen: number;
  /** How many meows were pushed in total. */
  arrived: number;
}

export const PAGE_SIZE = 50;
/** Most pages loaded to join the newest meows to those shown. After a longer absence, the list starts over. */
const MAX_JOINING_PAGES = 4;
/** Most meows in memory: waiting, shown while the reader is at the top, and shown at all. */
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
      /** No older page is added to a full list. It can continue from its end instead. */
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
          // Replacing the list would move what the reader sees.
          state.detached = true;
          state.uncounted += meows.length + state.waiting.length;
          state.waiting = [];
          return;
        }
        // Meows pushed since are newer than the page and stay. Older ones are beyond a gap.
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
        // Waiting meows are counted as waiting.
        if (!state.watched && !state.holding && !state.detached) state.unseen += count;
      },
      /** The reader's own meow is shown immediately, even while the reader is further down. */
      ownPosted(state, meow: Meow) {
        state.waiting = state.waiting.filter(({ id }) => id !== meow.id);
        // A pushed copy has the exact time and stays.
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
      removed(state, ids: ReadonlySet<string>) {
        state.meows = without(state.meows, ids);
        state.waiting = without(state.waiting, ids);
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
          const meows = await api.listMeows({ take: PAGE_SIZE });
          let full = meows.length === PAGE_SIZE;
          for (let pages = 1; pages < MAX_JOINING_PAGES && full && isApart(meows, gapAfter); pages++) {
            const page = await api.listMeows({ take: PAGE_SIZE, before: meows.at(-1)?.id });
            full = page.length === PAGE_SIZE;
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

      /** Replaces a full list by the page of older meows that follows it. */
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

      /** Shows the newest meows, including those waiting. A failure is in `olderProblem`. */
      async reveal({ state, commit }) {
        if (!state.detached && state.uncounted === 0) return commit('revealed');
        try {
          const meows = await api.listMeows({ take: PAGE_SIZE });
          commit('restarted', { meows, complete: meows.length < PAGE_SIZE });
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
  /** The meows reach down to those known before. */
  joined: boolean;
}

async function olderPage(api: MeowApi, { meows: shown }: TimelineState): Promise<OlderPage> {
  const meows = await api.listMeows({ take: PAGE_SIZE, before: shown.at(-1)?.id });
  return { meows, complete: meows.length < PAGE_SIZE };
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

/** Adds meows where they belong and returns how many of them are new. */
function place(state: TimelineState, incoming: readonly Meow[]): number {
  const known = new Set([...state.meows, ...state.waiting].map(({ id }) => id));
  // Meows older than the end of the list come later, with their page.
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
