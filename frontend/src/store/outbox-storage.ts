import { type BrowserStorage, browserStorage } from '../browser-storage.ts';

/** A meow that the server has not confirmed, as it survives a reload. */
export interface StoredMeow {
  key: string;
  text: string;
  /** Milliseconds since the Unix epoch. */
  writtenAt: number;
}

/** What the browser keeps: the draft, and the meows that the server has not confirmed, oldest first. */
export interface OutboxStorage {
  draft(): string;
  saveDraft(text: string): void;
  outbox(): StoredMeow[];
  put(meow: StoredMeow): void;
  remove(key: string): void;
}

const DRAFT = 'meower.draft';
// One entry per meow, so that two tabs do not overwrite each other's.
const PENDING = 'meower.pending.';

export function createOutboxStorage(storage: BrowserStorage = browserStorage()): OutboxStorage {
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
    put: (meow) => storage.set(PENDING + meow.key, JSON.stringify(meow)),
    remove: (key) => storage.remove(PENDING + key),
  };
}

/** Empty if another tab has just removed the entry, or if it is unreadable: the page must start anyway. */
function parseMeow(entry: string | null): [StoredMeow] | [] {
  if (entry === null) return [];
  try {
    const { key, text, writtenAt } = JSON.parse(entry);
    const isMeow = typeof key === 'string' && typeof text === 'string' && typeof writtenAt === 'number';
    return isMeow ? [{ key, text, writtenAt }] : [];
  } catch {
    return [];
  }
}
