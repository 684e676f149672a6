/** What the browser keeps for this page by name, across reloads and tabs. */
export interface BrowserStorage {
  names(): string[];
  get(name: string): string | null;
  set(name: string, value: string): void;
  remove(name: string): void;
}

/** The browser's `localStorage`. Where it is not allowed or full, nothing is kept and nothing fails. */
export function browserStorage(open: () => Storage | null = () => localStorage): BrowserStorage {
  const storage = opened(open);
  return {
    names: () => Object.keys(storage ?? {}),
    get: (name) => storage?.getItem(name) ?? null,
    set(name, value) {
      try {
        storage?.setItem(name, value);
      } catch (error) {
        // A full storage must not stop the page.
        if (!(error instanceof DOMException)) throw error;
      }
    },
    remove: (name) => storage?.removeItem(name),
  };
}

function opened(open: () => Storage | null): Storage | null {
  try {
    return open();
  } catch {
    // Some privacy settings make the access throw, others make it null.
    return null;
  }
}
