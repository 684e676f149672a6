import type { OutboxStorage, StoredMeow } from '../store/outbox-storage.ts';

/** An outbox storage in memory. */
export function fakeStorage(): OutboxStorage {
  const kept = new Map<string, StoredMeow>();
  let draft = '';
  return {
    draft: () => draft,
    saveDraft: (text) => {
      draft = text;
    },
    outbox: () => [...kept.values()],
    put: (meow) => kept.set(meow.key, meow),
    remove: (key) => kept.delete(key),
  };
}
