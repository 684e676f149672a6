import type { Module } from 'vuex';
import type { BrowserStorage } from '../browser-storage.ts';
import { secondScript } from '../load-second-script.ts';
import type { Meow } from '../meow/meow.ts';
import type { RootState } from './state.ts';

/** What the reader has chosen for this device. */
export interface PreferencesState {
  /** A meow waits some seconds before it is sent, and can be taken back until then. */
  undo: boolean;
  /** Meows with all words of one of these are not shown. */
  muted: readonly string[];
  /** Ids of meows that are not shown, the last hidden first. */
  hidden: readonly string[];
}

const KEY = 'meower.preferences';
const LIMITS = { muted: 100, hidden: 1_000 };

export function preferencesModule(storage: BrowserStorage): Module<PreferencesState, RootState> {
  function change(state: PreferencesState, changed: Partial<PreferencesState>): void {
    Object.assign(state, changed);
    const { undo, muted, hidden } = state;
    storage.set(KEY, JSON.stringify({ undo, muted, hidden }));
  }

  return {
    namespaced: true,
    state: () => parsePreferences(storage.get(KEY)),

    getters: {
      /** The meows of a list that the reader wants to see. */
      shown: ({ muted, hidden }) => {
        const isHidden = new Set(hidden);
        // Cuts texts as a search does.
        const words = secondScript.loaded.value?.words;
        const isMuted = words ? mutedBy(muted.map(words), words) : () => false;
        return (meows: readonly Meow[]) =>
          isHidden.size + muted.length === 0
            ? meows
            : meows.filter((meow) => !isHidden.has(meow.id) && !isMuted(meow));
      },
    },

    mutations: {
      /** Takes over what another tab has changed. */
      synchronised: (state) => void Object.assign(state, parsePreferences(storage.get(KEY))),
      undo: (state, undo: boolean) => change(state, { undo }),
      muted(state, word: string) {
        const others = state.muted.filter((other) => other !== word);
        change(state, { muted: [word, ...others].slice(0, LIMITS.muted) });
      },
      unmuted: (state, word: string) =>
        change(state, { muted: state.muted.filter((other) => other !== word) }),
      hidden: (state, id: string) => change(state, { hidden: [id, ...state.hidden].slice(0, LIMITS.hidden) }),
      allShown: (state) => change(state, { hidden: [] }),
    },

    actions: {
      async mute({ commit }, word: string) {
        const { words } = await secondScript.load();
        if (words(word).length > 0) commit('muted', word.trim());
      },
    },
  };
}

/** Remembers the result: a list is filtered again for each new meow. */
function mutedBy(phrases: readonly string[][], words: (text: string) => string[]): (meow: Meow) => boolean {
  const known = new WeakMap<Meow, boolean>();
  return (meow) => {
    const before = known.get(meow);
    if (before !== undefined) return before;
    const has = new Set(phrases.length > 0 ? words(meow.text) : []);
    const result = phrases.some((phrase) => phrase.every((word) => has.has(word)));
    known.set(meow, result);
    return result;
  };
}

/** The defaults for what is missing or unreadable. */
function parsePreferences(stored: string | null): PreferencesState {
  let read: unknown;
  try {
    read = JSON.parse(stored ?? '');
  } catch {
    // Never stored, or by another program.
  }
  const { undo, muted, hidden } = Object(read) as Partial<Record<keyof PreferencesState, unknown>>;
  return { undo: undo === true, muted: strings(muted), hidden: strings(hidden) };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
