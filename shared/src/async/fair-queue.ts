import { OverloadedError } from './overloaded-error.ts';

interface FairQueueOptions {
  /** Calls that run. */
  concurrent: number;
  /** Calls that wait, of all clients. */
  maxWaiting: number;
}

/**
 * Runs at most `concurrent` calls. The clients whose calls wait take turns: a client with many of them delays
 * another by one. Rejects with `OverloadedError` when too many wait.
 */
export function createFairQueue({
  concurrent,
  maxWaiting,
}: FairQueueOptions): <T>(client: string, work: () => Promise<T>) => Promise<T> {
  /** The client whose turn it is comes first. */
  const waitingOf = new Map<string, (() => void)[]>();
  let running = 0;
  let waiting = 0;

  const startNext = () => {
    const [next] = waitingOf;
    if (!next) {
      running--;
      return;
    }
    const [client, starts] = next;
    const start = starts.shift();
    waitingOf.delete(client);
    if (starts.length > 0) waitingOf.set(client, starts);
    waiting--;
    start?.();
  };

  const waitForTurn = (client: string) =>
    new Promise<void>((resolve) => {
      const starts = waitingOf.get(client) ?? [];
      starts.push(resolve);
      waitingOf.set(client, starts);
      waiting++;
    });

  return async (client, work) => {
    if (running < concurrent) running++;
    else if (waiting < maxWaiting) await waitForTurn(client);
    else throw new OverloadedError(`${concurrent} calls run and ${maxWaiting} wait already`);
    try {
      return await work();
    } finally {
      startNext();
    }
  };
}
