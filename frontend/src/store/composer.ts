import { isValidBody } from '@meower/shared/schema/meow-body.ts';
import type { ActionContext, Module } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import { type Problem, problemOf } from '../api/problem.ts';
import type { Meow } from '../meow.ts';
import type { OutboxStorage, StoredMeow } from './outbox-storage.ts';
import type { RootState } from './state.ts';

/** A meow that the server has not confirmed yet: on its way, waiting for the connection, or failed for a reason. */
export interface PendingMeow extends StoredMeow {
  state: 'sending' | 'waiting' | 'failed';
  /** `stale`: so old that sending it again might post it twice. */
  problem?: Problem | 'stale';
  /** The pushed meow that looks like this one: shown in its stead until the answer tells. */
  seenAs?: string;
}

export interface ComposerState {
  draft: string;
  outbox: readonly PendingMeow[];
  /** How often a meow was taken back into the draft. */
  takenBack: number;
}

/** The service remembers a key for an hour; nothing is sent again by itself after that, for it might be there twice. */
const KEY_LASTS_MS = 55 * 60_000;

export interface ComposerDependencies {
  api: MeowApi;
  storage: OutboxStorage;
  now?: () => Date;
  newKey?: () => string;
}

type Context = ActionContext<ComposerState, RootState>;

export function composerModule({
  api,
  storage,
  now = () => new Date(),
  newKey = randomKey,
}: ComposerDependencies): Module<ComposerState, RootState> {
  function restore(meow: StoredMeow): PendingMeow {
    return isStale(meow)
      ? { ...meow, state: 'failed', problem: 'stale' }
      : { ...meow, state: 'waiting', problem: 'unreachable' };
  }

  function isStale({ writtenAt }: StoredMeow): boolean {
    return now().getTime() - writtenAt >= KEY_LASTS_MS;
  }

  return {
    namespaced: true,
    state: () => ({ draft: storage.draft(), outbox: storage.outbox().map(restore), takenBack: 0 }),

    getters: {
      canSubmit: ({ draft }) => isValidBody(draft),
      /** What the list shows above the confirmed meows, newest first. */
      visible: ({ outbox }) => outbox.filter(({ seenAs }) => seenAs === undefined).toReversed(),
    },

    mutations: {
      drafted(state, text: string) {
        state.draft = text;
        storage.saveDraft(text);
      },
      takenBack(state, { text }: PendingMeow) {
        state.draft = state.draft.trim() === '' ? text : `${text}\n${state.draft}`;
        state.takenBack++;
        storage.saveDraft(state.draft);
      },
      queued(state, meow: PendingMeow) {
        state.outbox = [...state.outbox, meow];
        storage.put({ key: meow.key, text: meow.text, writtenAt: meow.writtenAt });
      },
      changed(state, { key, ...change }: Partial<PendingMeow> & { key: string }) {
        state.outbox = state.outbox.map((meow) => (meow.key === key ? { ...meow, ...change } : meow));
      },
      removed(state, key: string) {
        state.outbox = state.outbox.filter((meow) => meow.key !== key);
        storage.remove(key);
      },
    },

    actions: {
      /** Takes the draft as a meow and sends it. A second call finds no draft and does nothing. */
      async submit({ state, getters, commit, dispatch }: Context) {
        if (!getters.canSubmit) return;
        const meow: PendingMeow = {
          key: newKey(),
          text: state.draft,
          writtenAt: now().getTime(),
          state: 'sending',
        };
        commit('queued', meow);
        commit('drafted', '');
        await dispatch('send', meow.key);
      },

      async send({ state, commit }: Context, key: string) {
        const meow = state.outbox.find((pending) => pending.key === key);
        if (meow === undefined) return;
        commit('changed', { key, state: 'sending', problem: undefined });
        try {
          const id = await api.createMeow(meow.text, key);
          const createdAt = now().toISOString();
          commit('timeline/ownPosted', Object.freeze({ id, text: meow.text, createdAt }), { root: true });
          commit('removed', key);
        } catch (error) {
          const problem = problemOf(error);
          commit('changed', {
            key,
            state: problem === 'unreachable' ? 'waiting' : 'failed',
            problem,
            seenAs: undefined,
          });
        }
      },

      /** Sends what waits for the connection, in the order of writing. */
      async sendWaiting({ state, commit, dispatch }: Context) {
        for (const meow of state.outbox) {
          if (meow.state !== 'waiting') continue;
          if (isStale(meow)) commit('changed', { key: meow.key, state: 'failed', problem: 'stale' });
          else await dispatch('send', meow.key);
        }
      },

      discard({ commit }: Context, key: string) {
        commit('removed', key);
      },

      /** Takes a failed meow back into the text area. */
      edit({ state, commit }: Context, key: string) {
        const meow = state.outbox.find((pending) => pending.key === key);
        if (meow === undefined) return;
        commit('takenBack', meow);
        commit('removed', key);
      },

      /**
       * A push may come before the answer to its own post, or in place of it; then it must not be seen twice. Where no
       * answer is awaited any more, asking again with the same key tells whether it is the same meow.
       */
      recognise({ state, commit, dispatch }: Context, meows: readonly Meow[]) {
        for (const meow of meows) {
          const own = state.outbox.find((pending) => mayBe(pending, meow));
          if (own === undefined) continue;
          commit('changed', { key: own.key, seenAs: meow.id });
          commit('timeline/ownPosted', meow, { root: true });
          if (own.state !== 'sending') void dispatch('send', own.key);
        }
      },
    },
  };
}

function mayBe({ text, state, problem, seenAs }: PendingMeow, meow: Meow): boolean {
  const unanswered = state === 'sending' || problem === 'slow' || problem === 'unreachable';
  return unanswered && seenAs === undefined && text === meow.text;
}

/** `crypto.randomUUID` exists only on https and localhost; this works on a plain http address in the house as well. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
