import { PROBLEMS, type Problem } from '@meower/client/problem.ts';
import type { BrowserStorage } from '../browser-storage.ts';

/** A meow that the server has not confirmed, as it survives a reload. */
export interface StoredMeow {
  key: string;
  text: string;
  /** Milliseconds since the Unix epoch. */
  writtenAt: number;
  /**
   * Why the last attempt to send it has failed; `undefined` before and during an attempt. `stale`: its key has
   * expired, so that sending it again might post it twice.
   */
  problem?: Problem | 'stale' | undefined;
  /**
   * Not sent before, in milliseconds since the Unix epoch: so that the reader can take it back, or because a
   * busy server has asked to wait.
   */
  sendAt?: number | undefined;
}

/** What the browser keeps: the draft, and the meows that the server has not confirmed, oldest first. */
export interface OutboxStorage {
  draft(): string;
  saveDraft(text: string): void;
  outbox(): StoredMeow[];
  put(meow: StoredMeow): void;
  /** Replaces a meow, unless another tab has removed it. */
  update(meow: StoredMeow): void;
  remove(key: string): void;
}

const DRAFT = 'meower.draft';
// One entry per meow, so that two tabs do not overwrite each other's.
const PENDING = 'meower.pending.';

export function createOutboxStorage(storage: BrowserStorage): OutboxStorage {
  const put = (meow: StoredMeow) => storage.set(PENDING + meow.key, JSON.stringify(meow));
  return {
    draft: () => storage.get(DRAFT) ?? '',
    saveDraft(text) {
      if (text === '') storage.remove(DRAFT);
      else storage.set(DRAFT, text);
    },
    outbox: () =>
      storage
        .names()
        .filter((name) => name.startsWith(PENDING))
        .flatMap((name) => parseMeow(storage.get(name)))
        .sort((a, b) => a.writtenAt - b.writtenAt),
    put,
    update(meow) {
      if (storage.get(PENDING + meow.key) !== null) put(meow);
    },
    remove: (key) => storage.remove(PENDING + key),
  };
}

const STORED_PROBLEMS: readonly unknown[] = ['stale', ...PROBLEMS];

/** Empty if another tab has just removed the entry, or if it is unreadable: the page must start anyway. */
function parseMeow(entry: string | null): [StoredMeow] | [] {
  if (entry === null) return [];
  try {
    const { key, text, writtenAt, problem, sendAt } = JSON.parse(entry);
    const isMeow = typeof key === 'string' && typeof text === 'string' && typeof writtenAt === 'number';
    if (!isMeow) return [];
    return [
      {
        key,
        text,
        writtenAt,
        problem: STORED_PROBLEMS.includes(problem) ? problem : undefined,
        sendAt: typeof sendAt === 'number' ? sendAt : undefined,
      },
    ];
  } catch {
    return [];
  }
}
