import type { BrowserStorage } from '../browser-storage.ts';
import { createOutboxStorage, type OutboxStorage } from '../store/outbox-storage.ts';

/** An outbox storage in memory, as one tab sees it. `hear` reports that another tab has changed it. */
export function fakeStorage(kept = new Map<string, string>()): OutboxStorage & { hear(): void } {
  const listeners: (() => void)[] = [];
  const storage: BrowserStorage = {
    names: () => [...kept.keys()],
    get: (name) => kept.get(name) ?? null,
    set: (name, value) => kept.set(name, value),
    remove: (name) => kept.delete(name),
    onChange: (listener) => listeners.push(listener),
  };
  return {
    ...createOutboxStorage(storage),
    hear() {
      for (const listener of listeners) listener();
    },
  };
}
