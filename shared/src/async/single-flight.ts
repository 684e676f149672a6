import { OverloadedError } from './overloaded-error.ts';

interface Reads<T> {
  /** The read that has not started yet; callers may join it. */
  next: PromiseWithResolvers<T> | undefined;
}

/**
 * Shares reads of the same key among concurrent callers. One read of a key runs at a time, and a call never
 * joins one that has started: its result includes everything that was written before the call. A failed read rejects
 * the calls that share it; the next call starts a new one.
 *
 * A read that directly follows another of the same key receives that one's result as `latest`.
 *
 * Returns the function to call. It rejects with `OverloadedError` when `maxKeys` other keys are being read.
 */
export function createSingleFlight<T>(
  read: (key: string, latest?: T) => Promise<T>,
  { maxKeys }: { maxKeys: number },
): (key: string) => Promise<T> {
  const readsByKey = new Map<string, Reads<T>>();

  const readAll = async (key: string, reads: Reads<T>) => {
    let latest: T | undefined;
    while (reads.next) {
      const { resolve, reject } = reads.next;
      reads.next = undefined;
      try {
        latest = await read(key, latest);
        resolve(latest);
      } catch (error) {
        latest = undefined;
        reject(error);
      }
      // All calls that have arrived meanwhile share the next read.
      await nextTurn();
    }
    readsByKey.delete(key);
  };

  return (key) => {
    let reads = readsByKey.get(key);
    if (!reads) {
      if (readsByKey.size >= maxKeys) {
        return Promise.reject(new OverloadedError(`${maxKeys} different keys are being read already`));
      }
      const added: Reads<T> = { next: undefined };
      readsByKey.set(key, added);
      // After the present turn of the event loop: all calls in it share the first read.
      void nextTurn().then(() => readAll(key, added));
      reads = added;
    }
    reads.next ??= Promise.withResolvers<T>();
    return reads.next.promise;
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
