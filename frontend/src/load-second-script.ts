import { ref, shallowRef } from 'vue';

const RETRY_MS = 5_000;

/** Loads something until that succeeds. `failed`: the last attempt has failed, and another one follows. */
export function persistentLoader<T extends object>(load: () => Promise<T>) {
  const loaded = shallowRef<T>();
  const failed = ref(false);
  let loading: Promise<T> | undefined;

  async function loadPersistently(): Promise<T> {
    for (;;) {
      try {
        loaded.value = await load();
        failed.value = false;
        return loaded.value;
      } catch (error) {
        failed.value = true;
        console.warn(`A part of the page could not be loaded. It is tried again in ${RETRY_MS} ms.`, error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  return {
    loaded,
    failed,
    /** Never rejects. Older versions of Chromium remember a failure: for them, only a reload helps. */
    load: () => {
      loading ??= loadPersistently();
      return loading;
    },
  };
}

/** What the first view does not need, in one script: several would be loaded one after another. */
export const secondScript = persistentLoader(() => import('./second-script.ts'));
