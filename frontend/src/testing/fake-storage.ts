import type { BrowserStorage } from '../browser-storage.ts';

/** A storage in memory, as one tab sees it. `hear` reports that another tab has changed it. */
export function fakeStorage(kept = new Map<string, string>()): BrowserStorage & { hear(): void } {
  const listeners: (() => void)[] = [];
  return {
    names: () => [...kept.keys()],
    get: (name) => kept.get(name) ?? null,
    set: (name, value) => kept.set(name, value),
    remove: (name) => kept.delete(name),
    onChange: (listener) => listeners.push(listener),
    hear() {
      for (const listener of listeners) listener();
    },
  };
}
