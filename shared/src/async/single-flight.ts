import { OverloadedError } from './batcher.ts';

interface Flight<T> {
  /** The read that has not started yet, for whoever asks now. */
  next: PromiseWithResolvers<T> | undefined;
}

/**
 * Reads of the same key, shared by all who ask while they wait. One read of a key runs at a time, and nobody joins one that has started: whatever
 * was written before the question is in the answer. A read that fails, fails for those who share it; the next is a new one.
 *
 * When a read follows directly on another of its key, it is given what that one has read.
 *
 * Returns the function to ask with. It rejects with `OverloadedError` when `maxKeys` different keys are being read.
 */
export function createSingleFlight<T>(
  read: (key: string, before?: T) => Promise<T>,
  { maxKeys }: { maxKeys: number },
): (key: string) => Promise<T> {
  const flights = new Map<string, Flight<T>>();

  const fly = async (key: string, flight: Flight<T>) => {
    let before: T | undefined;
    while (flight.next) {
      const { resolve, reject } = flight.next;
      flight.next = undefined;
      try {
        before = await read(key, before);
        resolve(before);
      } catch (error) {
        before = undefined;
        reject(error);
      }
      // All whose question has arrived meanwhile come along.
      await turn();
    }
    flights.delete(key);
  };

  return (key) => {
    let flight = flights.get(key);
    if (!flight) {
      if (flights.size >= maxKeys) {
        return Promise.reject(new OverloadedError(`${maxKeys} different reads are under way already`));
      }
      const begun: Flight<T> = { next: undefined };
      flights.set(key, begun);
      // After the present turn, so that all who ask in it share the first read.
      void turn().then(() => fly(key, begun));
      flight = begun;
    }
    flight.next ??= Promise.withResolvers<T>();
    return flight.next.promise;
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
