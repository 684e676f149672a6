/** What the browser keeps for this page by name, across reloads and tabs. */
export interface BrowserStorage {
  names(): string[];
  get(name: string): string | null;
  set(name: string, value: string): void;
  remove(name: string): void;
  /** Calls back when another tab has changed a value. */
  onChange(listener: () => void): void;
}

/**
 * The browser's `localStorage`. What it does not take, because it is full or not allowed, is kept in memory
 * until the page is closed.
 */
export function browserStorage(open: () => Storage | null = () => localStorage): BrowserStorage {
  const memory = new Map<string, string>();
  const attempt = <T>(use: (storage: Storage) => T): T | undefined => {
    try {
      const storage = open();
      return storage === null ? undefined : use(storage);
    } catch (error) {
      // Access may be refused, and the storage may be full.
      if (error instanceof DOMException) return undefined;
      throw error;
    }
  };

  return {
    names: () => [...memory.keys(), ...(attempt((storage) => Object.keys(storage)) ?? [])],
    get: (name) => memory.get(name) ?? attempt((storage) => storage.getItem(name)) ?? null,
    set(name, value) {
      memory.set(name, value);
      attempt((storage) => {
        storage.setItem(name, value);
        memory.delete(name);
      });
    },
    remove(name) {
      memory.delete(name);
      attempt((storage) => storage.removeItem(name));
    },
    onChange: (listener) => addEventListener('storage', listener),
  };
}
