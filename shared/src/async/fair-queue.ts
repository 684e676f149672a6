import { FairLine } from './fair-line.ts';
import { OverloadedError } from './overloaded-error.ts';

interface FairQueueOptions {
  /** Calls that run. */
  concurrent: number;
  /** Calls that wait, of all clients. */
  maxWaiting: number;
}

/**
 * Runs at most `concurrent` calls. Of the clients whose calls wait, the one comes first whose last call
 * started longest ago. Rejects with `OverloadedError` when too many wait.
 */
export function createFairQueue({
  concurrent,
  maxWaiting,
}: FairQueueOptions): <T>(client: string, work: () => Promise<T>) => Promise<T> {
  const waiting = new FairLine<() => void>();
  let running = 0;

  return async (client, work) => {
    if (running < concurrent) {
      running++;
      waiting.hadTurn(client);
    } else if (waiting.size < maxWaiting) {
      await new Promise<void>((start) => waiting.add(client, start));
    } else {
      throw new OverloadedError(`${concurrent} calls run and ${maxWaiting} wait already`);
    }
    try {
      return await work();
    } finally {
      const startNext = waiting.next();
      if (startNext) startNext();
      else running--;
    }
  };
}
