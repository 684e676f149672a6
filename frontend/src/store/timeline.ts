import { type Problem, problemOf } from '@meower/client/problem.ts';
import type { Module } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import { type Meow, mergeMeows, without } from '../meow/meow.ts';
import type { RootState } from './state.ts';

export interface TimelineState {
  /** The meows shown, newest first, without a gap. */
  meows: readonly Meow[];
  /** Newer meows that are not shown, newest first. */
  newer: readonly Meow[];
  /**
   * How many meows at least lie between `meows` and `newer`, without being loaded. `undefined` if `newer`
   * continues the list without a gap.
   */
  gap: number | undefined;
  /** Nothing may move: the reader is further down or has not reached the newest meows. */
  reading: boolean;
  /** The first page has been loaded. */
  loaded: boolean;
  /** The last of `meows` is the oldest of all. */
  complete: boolean;
  /** The id whose page of older meows is loading. An answer is used only while that is the end of the list. */
  loadingBefore: string | undefined;
  problem: Problem | undefined;
  olderProblem: Problem | undefined;
  /** The browser tab is visible. If not, new meows are counted in its title. */
  visible: boolean;
  /** While the tab is hidden: the newest meow when it was visible, or '' if there was none. */
  seenUpTo: string | undefined;
  /** The meows that the last push has added. */
  arrived: readonly Meow[];
}

/** Sizes in meows. `joiningPages`: most pages that close a gap; after a longer absence the list starts over. */
export const LIMITS = { page: 50, joiningPages: 4, newer: 1_000, atTop: 1_000, shown: 5_000 };

export function timelineModule(api: MeowApi, limits = LIMITS): Module<TimelineState, RootState> {
  let newestRequest: symbol | undefined;

  async function loadPage(before?: string): Promise<Page> {
    const meows = await api.listMeows({ take: limits.page, before });
    return { meows, complete: meows.length < limits.page };
  }

  /** Shows newer meows if that leaves no gap and the reader does not read. Otherwise limits their number. */
  function settle(state: TimelineState): void {
    const extra = state.newer.length - limits.newer;
    if (!state.reading && state.gap === undefined) {
      const { meows, newer } = state;
      show(state, newer.length > 0 ? mergeMeows(meows, newer) : meows);
    } else if (extra > 0) {
      state.gap = (state.gap ?? 0) + extra;
      state.newer = state.newer.slice(0, limits.newer);
    }
  }

  function show(state: TimelineState, meows: readonly Meow[]): void {
    state.newer = [];
    state.meows = meows.slice(0, limits.atTop);
    if (meows.length > limits.atTop) state.complete = false;
  }

  function markSeen(state: TimelineState): void {
    state.seenUpTo = state.visible ? undefined : (state.meows[0]?.id ?? '');
  }

  /** Adds meows where they belong and returns those that are new. */
  function add(state: TimelineState, incoming: readonly Meow[]): Meow[] {
    const shown = new Set(state.meows.map(({ id }) => id));
    const waiting = new Set(state.newer.map(({ id }) => id));
    const confirmed = incoming.filter(({ id }) => shown.has(id));
    if (confirmed.length > 0) state.meows = mergeMeows(state.meows, confirmed);

    // Meows older than the end of the list come later, with their page.
    const end = state.loaded && !state.complete ? (state.meows.at(-1)?.id ?? '') : '';
    const fresh = mergeMeows(
      [],
      incoming.filter(({ id }) => !shown.has(id) && !waiting.has(id) && id > end),
    );
    state.newer = mergeMeows(state.newer, fresh);
    settle(state);
    return fresh;
  }

  return {
    namespaced: true,

    state: () => ({
      meows: [],
      newer: [],
      gap: 0,
      reading: false,
      loaded: false,
      complete: false,
      loadingBefore: undefined,
      problem: undefined,
      olderProblem: undefined,
      visible: true,
      seenUpTo: undefined,
      arrived: [],
    }),

    getters: {
      /** Of the meows that are not loaded, it is unknown whether the reader wants to see them. */
      waitingCount: ({ reading, newer, gap = 0 }, _, __, { 'preferences/shown': shown }) =>
        reading ? shown(newer).length + gap : 0,
      /** There are newer meows than those shown, or there may be. */
      isBehind: ({ reading, gap }, { waitingCount }) => reading && (waitingCount > 0 || gap !== undefined),
      unread: ({ meows, seenUpTo }, { waitingCount }, _, { 'preferences/shown': shown }) =>
        waitingCount + (seenUpTo === undefined ? 0 : shown(newerThan(meows, seenUpTo)).length),
      loadingOlder: ({ loadingBefore, meows }) =>
        loadingBefore !== undefined && loadingBefore === meows.at(-1)?.id,
      /** No older page is added to a full list. It can continue from its end instead. */
      full: ({ meows }) => meows.length >= limits.shown,
    },

    mutations: {
      /** Meows may have been missed. Until `newestLoaded`, it is unknown what follows the list. */
      interrupted(state) {
        state.gap ??= state.newer.length;
        state.newer = [];
      },
      newestLoaded(state, { meows, complete, asked }: Page & { asked: boolean }) {
        state.problem = undefined;
        if (asked) state.reading = false;
        // What was pushed since then continues the page.
        const [latest] = meows;
        const since = [...state.newer, ...state.meows].filter(({ id }) => id > (latest?.id ?? ''));
        const newest = mergeMeows(meows, since);
        if (state.loaded && reaches({ meows, complete }, state)) {
          state.gap = undefined;
          add(state, newest);
        } else if (state.reading && state.meows.length > 0) {
          state.gap ??= 0;
          state.newer = newest;
        } else {
          Object.assign(state, { complete, gap: undefined, olderProblem: undefined });
          show(state, newest);
        }
        settle(state);
        if (!state.loaded) markSeen(state);
        state.loaded = true;
      },
      newestFailed(state, problem: Problem) {
        state.problem = problem;
      },
      olderRequested(state) {
        state.loadingBefore = state.meows.at(-1)?.id;
        state.olderProblem = undefined;
      },
      olderLoaded(state, { meows, complete, before, asked }: Page & { before: string; asked: boolean }) {
        if (state.loadingBefore === before) state.loadingBefore = undefined;
        if (state.meows.at(-1)?.id !== before) return;
        state.complete = complete;
        if (asked && meows.length > 0) {
          state.reading = true;
          state.gap = (state.gap ?? 0) + state.newer.length;
          state.newer = [];
          state.meows = meows;
        } else {
          state.meows = mergeMeows(state.meows, meows);
        }
      },
      olderFailed(state, { problem, before }: { problem: Problem; before: string }) {
        if (state.loadingBefore !== before) return;
        state.loadingBefore = undefined;
        state.olderProblem = problem;
      },
      received(state, meows: readonly Meow[]) {
        state.arrived = add(state, meows);
      },
      /** The reader's own meow, before it is pushed. A pushed copy has the exact time and stays. */
      ownPosted(state, meow: Meow) {
        if ([...state.meows, ...state.newer].some(({ id }) => id === meow.id)) return;
        const nothingBetween = !state.loaded || (state.gap === undefined && state.newer.length === 0);
        if (nothingBetween) state.meows = mergeMeows(state.meows, [meow]);
        else add(state, [meow]);
      },
      /** Ends only where the newest meows can follow. */
      reading(state, reading: boolean) {
        if (!reading && state.gap !== undefined) return;
        state.reading = reading;
        settle(state);
      },
      removed(state, ids: ReadonlySet<string>) {
        state.meows = without(state.meows, ids);
        state.newer = without(state.newer, ids);
      },
      visible(state, visible: boolean) {
        state.visible = visible;
        markSeen(state);
      },
    },

    actions: {
      /** Loads the newest meows, if not `asked` down to those known. A later call replaces one in flight. */
      async loadNewest({ state, commit }, { asked = false } = {}) {
        const request = Symbol('newest');
        newestRequest = request;
        const { gap } = state;
        try {
          const page = await loadPage();
          const mostPages = asked ? 1 : limits.joiningPages;
          for (let pages = 1; pages < mostPages && isApart(page, state); pages++) {
            const next = await loadPage(page.meows.at(-1)?.id);
            page.meows.push(...next.meows);
            page.complete = next.complete;
          }
          // If the gap has grown, meows pushed since have been dropped, so they do not continue the page.
          if (newestRequest === request && state.gap === gap) commit('newestLoaded', { ...page, asked });
        } catch (error) {
          if (newestRequest === request) commit('newestFailed', problemOf(error));
        } finally {
          if (newestRequest === request) newestRequest = undefined;
        }
      },

      async retryFailed({ state, dispatch, rootState }) {
        const isLive = rootState.connection.live.status === 'live';
        const isComplete = state.problem === undefined && (state.gap === undefined || state.reading);
        if (newestRequest === undefined && !(isLive && isComplete)) await dispatch('loadNewest');
        if (state.olderProblem !== undefined) await dispatch('loadOlder');
      },

      /** Adds the next page of older meows, or, if `asked`, replaces a full list by it. */
      async loadOlder({ state, getters, commit }, { asked = false } = {}) {
        if (getters.loadingOlder || state.complete || !state.loaded || (getters.full && !asked)) return;
        const before = state.meows.at(-1)?.id;
        commit('olderRequested');
        try {
          commit('olderLoaded', { ...(await loadPage(before)), before, asked });
        } catch (error) {
          commit('olderFailed', { problem: problemOf(error), before });
        }
      },

      receive({ commit }, meows: readonly Meow[]) {
        commit('received', meows);
      },

      /** Shows the newest meows. */
      async reveal({ state, commit, dispatch }) {
        if (state.gap === undefined) commit('reading', false);
        else await dispatch('loadNewest', { asked: true });
      },
    },
  };
}

interface Page {
  meows: Meow[];
  /** There are no older meows. */
  complete: boolean;
}

/** Whether nothing lies between the page and the meows known so far. */
function reaches({ meows, complete }: Page, { meows: shown, newer, gap }: TimelineState): boolean {
  const newest = gap === undefined ? [...newer.slice(0, 1), ...shown.slice(0, 1)] : shown.slice(0, 1);
  const oldest = meows.at(-1);
  return newest.length > 0 && (complete || newest.some(({ id }) => oldest !== undefined && oldest.id <= id));
}

/** The first meows of a list, which is newest first. */
function newerThan(meows: readonly Meow[], id: string): readonly Meow[] {
  const end = meows.findIndex((meow) => meow.id <= id);
  return end < 0 ? meows : meows.slice(0, end);
}

function isApart(page: Page, state: TimelineState): boolean {
  return !page.complete && state.meows.length > 0 && !reaches(page, state);
}
