import { isValidBody } from '@meower/shared/schema/text.ts';
import type { ActionContext, Module } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import { type Problem, problemOf } from '../api/problem.ts';
import type { Meow } from '../meow.ts';
import type { OutboxStorage, StoredMeow } from './outbox-storage.ts';
import type { RootState } from './state.ts';

/** A meow that the server has not confirmed yet: on its way, waiting for the connection, or failed for a reason. */
export interface PendingMeow extends StoredMeow {
  state: 'sending' | 'waiting' | 'failed';
  problem?: Problem;
  /** The pushed meow that looks like this one: shown in its stead until the answer tells. */
  seenAs?: string;
}

export interface ComposerState {
  draft: string;
  outbox: readonly PendingMeow[];
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
    const fresh = now().getTime() - meow.writtenAt < KEY_LASTS_MS;
    return { ...meow, state: fresh ? 'waiting' : 'failed', problem: 'unreachable' };
  }

  return {
    namespaced: true,
    state: () => ({ draft: storage.draft(), outbox: storage.outbox().map(restore) }),

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
      async sendWaiting({ state, dispatch }: Context) {
        for (const { key, state: was } of state.outbox) if (was === 'waiting') await dispatch('send', key);
      },

      discard({ commit }: Context, key: string) {
        commit('removed', key);
      },

      /** Takes a failed meow back into the text area. */
      edit({ state, commit }: Context, key: string) {
        const meow = state.outbox.find((pending) => pending.key === key);
        if (meow === undefined) return;
        commit('drafted', state.draft.trim() === '' ? meow.text : `${meow.text}\n${state.draft}`);
        commit('removed', key);
      },

      /** A push may come before the answer to its own post; then it must not be seen twice. */
      recognise({ state, commit }: Context, meows: readonly Meow[]) {
        for (const meow of meows) {
          const own = state.outbox.find(
            ({ text, state: was, seenAs }) => was === 'sending' && seenAs === undefined && text === meow.text,
          );
          if (own === undefined) continue;
          commit('changed', { key: own.key, seenAs: meow.id });
          commit('timeline/ownPosted', meow, { root: true });
        }
      },
    },
  };
}

/** `crypto.randomUUID` exists only on https and localhost; this works on a plain http address in the house as well. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
