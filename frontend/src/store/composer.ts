import { MAX_RETRY_AFTER_MS, type Problem, problemOf, retryAfterMs } from '@meower/client/problem.ts';
import { isValidBody } from '@meower/shared/meow/meow-body.ts';
import type { ActionContext, Module } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import { serverTime } from '../clock.ts';
import type { Meow } from '../meow/meow.ts';
import type { OutboxStorage, StoredMeow } from './outbox-storage.ts';
import type { RootState } from './state.ts';

/** A meow that the server has not confirmed. */
export interface PendingMeow extends StoredMeow {
  /** The id of a pushed meow with the same text, shown in place of this one until the answer arrives. */
  seenAs?: string | undefined;
  /** The page computes a proof of work, without which the server does not accept the meow. */
  isProving?: boolean | undefined;
}

export type PendingState = 'delayed' | 'sending' | 'waiting' | 'failed';

/**
 * Delayed so that it can be taken back, sent in its turn, waiting for an answer of the server or until the time
 * that a busy one has named, or failed, so that only the reader can send it again. A reload changes none of them.
 */
export function stateOf({ problem, sendAt }: PendingMeow): PendingState {
  if (problem === undefined) return sendAt === undefined ? 'sending' : 'delayed';
  return isUnanswered(problem) || (problem === 'busy' && sendAt !== undefined) ? 'waiting' : 'failed';
}

/** The meow may have been posted. Its key makes sending it again safe. */
function isUnanswered(problem: StoredMeow['problem']): boolean {
  return problem === 'unreachable' || problem === 'slow';
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

/** How long a meow can be taken back, if the reader wants that. */
const UNDO_MS = 5_000;

export interface ComposerDependencies {
  api: MeowApi;
  storage: OutboxStorage;
  now?: () => Date;
  newKey?: () => string;
  /** Runs one task at a time, in all tabs together. */
  exclusively?: (task: () => Promise<void>) => Promise<void>;
}

type Context = ActionContext<ComposerState, RootState>;

/** Every tab shows and sends the meows in the storage: what one of them changes is true in all of them. */
export function composerModule({
  api,
  storage,
  now = () => new Date(),
  newKey = randomKey,
  exclusively = withLock,
}: ComposerDependencies): Module<ComposerState, RootState> {
  let sending: Promise<void> | undefined;
  let delay: ReturnType<typeof setTimeout> | undefined;

  /** Also if the clock was set back: then the age is unknown. */
  function isStale({ writtenAt }: StoredMeow): boolean {
    return Math.abs(now().getTime() - writtenAt) >= KEY_LIFETIME_MS;
  }

  function queue({ state, commit, rootState }: Context, text: string): void {
    const time = now().getTime();
    const last = state.outbox.at(-1)?.writtenAt ?? Number.NEGATIVE_INFINITY;
    // Several meows of one moment keep their order.
    const writtenAt = last >= time && last < time + 1_000 ? last + 1 : time;
    const sendAt = rootState.preferences.undo ? time + UNDO_MS : undefined;
    commit('queued', { key: newKey(), text, writtenAt, sendAt });
  }

  /** Sends one meow after another, so that they are stored in the order of writing. If one waits, so do all. */
  async function sendInOrder(context: Context): Promise<void> {
    for (;;) {
      // Meanwhile, another tab may have sent or discarded some.
      context.commit('synchronised');
      failStale(context);
      const next = context.state.outbox.find((meow) => stateOf(meow) !== 'failed');
      if (next === undefined) return;
      const delayMs = (next.sendAt ?? 0) - now().getTime();
      // A longer delay means that the clock was set back.
      if (delayMs > 0 && delayMs <= MAX_RETRY_AFTER_MS) {
        if (next.problem !== undefined) waitLike(context, next);
        return sendAfter(context, delayMs);
      }
      const problem = await send(context, next);
      if (isUnanswered(problem)) return waitLike(context, { problem });
    }
  }

  function sendAfter({ dispatch }: Context, delayMs: number): void {
    clearTimeout(delay);
    delay = setTimeout(() => void dispatch('sendPending'), delayMs);
  }

  /** Only `sendInOrder` calls this, so no stale meow is sent. */
  async function send({ commit }: Context, { key, text }: PendingMeow): Promise<Problem | undefined> {
    commit('changed', { key, problem: undefined, sendAt: undefined });
    try {
      const id = await api.createMeow(text, key, () => commit('changed', { key, isProving: true }));
      const createdAt = serverTime(now()).toISOString();
      commit('timeline/ownPosted', Object.freeze({ id, text, createdAt }), { root: true });
      commit('removed', key);
      return undefined;
    } catch (error) {
      const problem = problemOf(error);
      const waitMs = retryAfterMs(error);
      const sendAt = problem === 'busy' && waitMs > 0 ? now().getTime() + waitMs : undefined;
      commit('changed', { key, problem, sendAt, seenAs: undefined, isProving: undefined });
      return problem;
    }
  }

  /** Those not sent yet wait for the same as an earlier one. */
  function waitLike({ state, commit }: Context, { problem, sendAt }: Partial<StoredMeow>): void {
    for (const meow of state.outbox)
      if (stateOf(meow) === 'sending')
        commit('changed', { key: meow.key, problem, sendAt, seenAs: undefined });
  }

  function failStale({ state, commit }: Context): void {
    for (const meow of state.outbox)
      if (isStale(meow) && meow.problem !== 'refused' && meow.problem !== 'stale')
        commit('changed', { key: meow.key, problem: 'stale', seenAs: undefined });
  }

  return {
    namespaced: true,
    state: () => ({ draft: storage.draft(), outbox: storage.outbox(), takenBack: 0 }),

    getters: {
      canSubmit: ({ draft }) => isValidBody(draft),
      /** What the list shows above the confirmed meows, newest first. */
      visible: ({ outbox }) => outbox.filter(({ seenAs }) => seenAs === undefined).toReversed(),
    },

    mutations: {
      /** Takes over what other tabs have changed. */
      synchronised(state) {
        const shown = new Map(state.outbox.map(({ key, seenAs, isProving }) => [key, { seenAs, isProving }]));
        state.draft = storage.draft();
        state.outbox = storage.outbox().map((meow) => ({ ...meow, ...shown.get(meow.key) }));
      },
      drafted(state, text: string) {
        state.draft = text;
        storage.saveDraft(text);
      },
      takenBack(state, { text }: PendingMeow) {
        state.draft = state.draft.trim() === '' ? text : `${text}\n${state.draft}`;
        state.takenBack++;
        storage.saveDraft(state.draft);
      },
      queued(state, meow: StoredMeow) {
        state.outbox = [...state.outbox, meow];
        storage.put(meow);
      },
      changed(state, { key, ...change }: Partial<PendingMeow> & { key: string }) {
        const before = state.outbox.find((meow) => meow.key === key);
        if (before === undefined) return;
        const after = { ...before, ...change };
        state.outbox = state.outbox.map((meow) => (meow === before ? after : meow));
        const { seenAs: _, isProving: __, ...stored } = after;
        storage.update(stored);
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
        void context.dispatch('timeline/reveal', undefined, { root: true });
        await context.dispatch('sendPending');
      },

      /** Sends all meows that have not failed. Resolves when there are none, or no connection. */
      async sendPending(context: Context) {
        const isJoining = sending !== undefined;
        sending ??= exclusively(() => sendInOrder(context)).finally(() => {
          sending = undefined;
        });
        await sending;
        // A meow may have been written when the loop had ended already.
        const isLeft = context.state.outbox.some((meow) => stateOf(meow) === 'sending');
        if (isJoining && isLeft) await context.dispatch('sendPending');
      },

      async retryFailed({ dispatch }: Context) {
        await dispatch('sendPending');
      },

      /** Sends a failed meow again. A stale one gets a new key: the reader has seen the warning. */
      async retry(context: Context, key: string) {
        const meow = context.state.outbox.find((pending) => pending.key === key);
        if (meow === undefined) return;
        if (meow.problem === 'stale') {
          context.commit('removed', key);
          queue(context, meow.text);
        } else {
          context.commit('changed', { key, problem: undefined, sendAt: undefined });
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
          commit('changed', { key: own.key, problem: undefined, seenAs: meow.id });
          commit('timeline/ownPosted', meow, { root: true });
          void dispatch('sendPending');
        }
      },
    },
  };
}

function mayBe({ text, problem, seenAs, sendAt }: PendingMeow, meow: Meow): boolean {
  if (sendAt !== undefined) return false;
  const isOpen = problem === undefined || isUnanswered(problem);
  return isOpen && seenAs === undefined && text === meow.text;
}

/** Where the browser has no locks, on http in a local network, the keys still prevent doubles. */
function withLock(task: () => Promise<void>): Promise<void> {
  // The cast: its type does not know browsers without it.
  const { locks } = navigator as { locks?: LockManager | null };
  return locks ? locks.request('meower.outbox', task) : task();
}

/** `crypto.randomUUID` exists only on https and localhost; this also works on http in a local network. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
