import type { Closable } from './closable.ts';

/** Returns what it is given, and has it closed with the whole. */
export type Keep = <C extends Closable>(opened: C) => C;

/**
 * Opens what belongs together. `open` passes each thing to `keep` as soon as it is open: closing the result
 * closes them, the last one first, and so does a failure of `open`. `keep` may be called later as well.
 */
export async function openTogether<T extends object>(
  open: (keep: Keep) => Promise<T>,
): Promise<T & Closable> {
  const opened = new AsyncDisposableStack();
  const close = () => opened.disposeAsync();
  try {
    return { ...(await open((one) => opened.adopt(one, () => one.close()))), close };
  } catch (error) {
    await close();
    throw error;
  }
}
