/** A meow on its way, as it survives a reload. */
export interface StoredMeow {
  key: string;
  text: string;
  writtenAt: number;
}

/**
 * What is kept in the browser: the draft, and the meows that the server has not confirmed. Where the browser allows no
 * storage, nothing is kept and nothing fails.
 */
export interface OutboxStorage {
  draft(): string;
  saveDraft(text: string): void;
  outbox(): StoredMeow[];
  put(meow: StoredMeow): void;
  remove(key: string): void;
}

const DRAFT = 'meower.draft';
// An entry each, so that two tabs don't overwrite each other's.
const PENDING = 'meower.pending.';

export function createOutboxStorage(open: () => Storage = () => localStorage): OutboxStorage {
  const storage = storageOr(open);
  return {
    draft: () => storage.getItem(DRAFT) ?? '',
    saveDraft(text) {
      if (text === '') storage.removeItem(DRAFT);
      else store(storage, DRAFT, text);
    },
    outbox: () =>
      Object.keys(storage)
        .filter((name) => name.startsWith(PENDING))
        .map((name) => JSON.parse(storage.getItem(name) ?? '') as StoredMeow)
        .sort((a, b) => a.writtenAt - b.writtenAt),
    put: (meow) => store(storage, PENDING + meow.key, JSON.stringify(meow)),
    remove: (key) => storage.removeItem(PENDING + key),
  };
}

type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

function storageOr(open: () => Storage): Kept {
  try {
    return open();
  } catch {
    // Some privacy settings make the very access throw. The page works without; it only forgets.
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  }
}

function store(storage: Kept, name: string, value: string): void {
  try {
    storage.setItem(name, value);
  } catch (error) {
    // A full storage must not stop a meow from being sent.
    if (!(error instanceof DOMException)) throw error;
  }
}
