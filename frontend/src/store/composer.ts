import { isValidBody } from '@meower/shared/meow/meow-body.ts';
import type { ActionContext, Module } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import { type Problem, problemOf } from '../api/problem.ts';
import { serverTime } from '../clock.ts';
import type { Meow } from '../meow/meow.ts';
import type { OutboxStorage, StoredMeow } from './outbox-storage.ts';
import type { RootState } from './state.ts';

/** A meow that the server has not confirmed: sent in its turn, waiting for the connection, or failed. */
export interface PendingMeow extends StoredMeow {
  state: 'sending' | 'waiting' | 'failed';
  /** `stale`: its key has expired, so that sending it again might post it twice. */
  problem?: Problem | 'stale';
  /** The id of a pushed meow with the same text, shown in place of this one until the answer arrives. */
  seenAs?: string;
}

export interface ComposerState {
  draft: string;
  /** Oldest first. */
  outbox: readonly PendingMeow[];
  /** How many meows were moved back into the draft. */
  takenBack: number;
}

/** The service keeps a key for an hour. After that, the same key might post a meow that is there already. */
const KEY_LIFETIME_MS = 55 * 60_000;

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
  let sending: Promise<void> | undefined;

  function restored(meow: StoredMeow): PendingMeow {
    return isStale(meow)
      ? { ...meow, state: 'failed', problem: 'stale' }
      : { ...meow, state: 'waiting', problem: 'unreachable' };
  }

  /** Also if the clock was set back: then the age is unknown. */
  function isStale({ writtenAt }: StoredMeow): boolean {
    return Math.abs(now().getTime() - writtenAt) >= KEY_LIFETIME_MS;
  }

  function queue({ commit }: Context, text: string): void {
    commit('queued', { key: newKey(), text, writtenAt: now().getTime(), state: 'sending' });
  }

  /**
   * Sends one meow after another, so that they are stored in the order of writing. If one finds no
   * connection, the later ones wait too.
   */
  async function sendInOrder(context: Context): Promise<void> {
    for (;;) {
      failStale(context);
      const next = context.state.outbox.find(({ state }) => state !== 'failed');
      if (next === undefined) return;
      const problem = await send(context, next);
      if (problem === 'unreachable') return waitForConnection(context);
    }
  }

  /** Only `sendInOrder` calls this, so no stale meow is sent. */
  async function send({ commit }: Context, { key, text }: PendingMeow): Promise<Problem | undefined> {
    commit('changed', { key, state: 'sending', problem: undefined });
    try {
      const id = await api.createMeow(text, key);
      const createdAt = serverTime(now()).toISOString();
      commit('timeline/ownPosted', Object.freeze({ id, text, createdAt }), { root: true });
      commit('removed', key);
      return undefined;
    } catch (error) {
      const problem = problemOf(error);
      const state = problem === 'unreachable' ? 'waiting' : 'failed';
      commit('changed', { key, state, problem, seenAs: undefined });
      return problem;
    }
  }

  function waitForConnection({ state, commit }: Context): void {
    for (const meow of state.outbox) {
      if (meow.state === 'sending')
        commit('changed', { key: meow.key, state: 'waiting', problem: 'unreachable', seenAs: undefined });
    }
  }

  function failStale({ state, commit }: Context): void {
    for (const meow of state.outbox) {
      if (isStale(meow) && meow.problem !== 'refused' && meow.problem !== 'stale')
        commit('changed', { key: meow.key, state: 'failed', problem: 'stale', seenAs: undefined });
    }
  }

  return {
    namespaced: true,
    state: () => ({ draft: storage.draft(), outbox: storage.outbox().map(restored), takenBack: 0 }),

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
      async submit(context: Context) {
        if (!context.getters.canSubmit) return;
        queue(context, context.state.draft);
        context.commit('drafted', '');
        await context.dispatch('sendPending');
      },

      /** Sends all meows that have not failed. Resolves when there are none, or no connection. */
      sendPending(context: Context) {
        sending ??= sendInOrder(context).finally(() => {
          sending = undefined;
        });
        return sending;
      },

      /** Sends a failed meow again. A stale one gets a new key: the reader has seen the warning. */
      async retry(context: Context, key: string) {
        const meow = context.state.outbox.find((pending) => pending.key === key);
        if (meow === undefined) return;
        if (meow.problem === 'stale') {
          context.commit('removed', key);
          queue(context, meow.text);
        } else {
          context.commit('changed', { key, state: 'sending', problem: undefined });
        }
        await context.dispatch('sendPending');
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
       * A pushed meow with the text of a pending one may be that meow, its answer late or lost. It replaces
       * the pending one. Posting again with the same key then finds out: the answer has the id of the meow.
       */
      recognise({ state, commit, dispatch }: Context, meows: readonly Meow[]) {
        for (const meow of meows) {
          const own = state.outbox.find((pending) => mayBe(pending, meow) && !isStale(pending));
          if (own === undefined) continue;
          commit('changed', { key: own.key, state: 'sending', seenAs: meow.id });
          commit('timeline/ownPosted', meow, { root: true });
          void dispatch('sendPending');
        }
      },
    },
  };
}

function mayBe({ text, state, problem, seenAs }: PendingMeow, meow: Meow): boolean {
  const unanswered = state === 'sending' || problem === 'slow' || problem === 'unreachable';
  return unanswered && seenAs === undefined && text === meow.text;
}

/** `crypto.randomUUID` exists only on https and localhost; this also works on http in a local network. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
