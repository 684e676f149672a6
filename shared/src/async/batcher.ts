import { setTimeout as sleep } from 'node:timers/promises';

/** Too many items wait already; this one was not taken. */
export class OverloadedError extends Error {
  override name = 'OverloadedError';
}

export interface BatcherOptions {
  /** Most items in one batch. */
  maxBatch: number;
  /** Most batches running at once. */
  concurrency: number;
  /** Most items waiting for their batch to start; one more is refused with `OverloadedError`. */
  maxWaiting: number;
  /** Pause after a batch before its place is free for the next, in milliseconds, for work that nobody waits for. Default 0. */
  cooldownMs?: number;
}

export interface Batcher<T> {
  /** Resolves when the batch that holds the item has been run, rejects with the batch's error. */
  add(item: T): Promise<void>;
  /** Resolves when everything added so far has been run, and the rest is over. */
  idle(): Promise<void>;
}

interface Waiting<T> {
  item: T;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers items while batches are running and runs what has gathered as soon as one ends, or as many wait as are under way: so a few items need not
 * wait for one another, and many don't fall into small batches. Without a rest there is no timer: a lone item waits for nothing, and batches
 * grow with the load. Items start in the order of `add`.
 */
export function createBatcher<T>(
  run: (items: readonly T[]) => Promise<void>,
  { maxBatch, concurrency, maxWaiting, cooldownMs = 0 }: BatcherOptions,
): Batcher<T> {
  let waiting: Waiting<T>[] = [];
  let idleWaiters: (() => void)[] = [];
  let running = 0;
  let underWay = 0;
  let scheduled = false;

  const mayStart = () => waiting.length > 0 && running < concurrency && waiting.length >= underWay;

  /** Starts after the present turn, so that all that arrives in it shares the first batch. */
  const schedule = () => {
    if (scheduled || running >= concurrency) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      while (mayStart()) void runNext();
    });
  };

  const runNext = async () => {
    const batch = waiting.slice(0, maxBatch);
    waiting = waiting.slice(maxBatch);
    running++;
    underWay += batch.length;
    try {
      await run(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    if (cooldownMs > 0) await sleep(cooldownMs);
    running--;
    underWay -= batch.length;
    if (waiting.length > 0) schedule();
    else if (running === 0) {
      for (const resolve of idleWaiters) resolve();
      idleWaiters = [];
    }
  };

  return {
    add(item) {
      if (waiting.length >= maxWaiting) {
        return Promise.reject(new OverloadedError(`${maxWaiting} items wait already`));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        schedule();
      });
    },
    idle() {
      if (waiting.length === 0 && running === 0) return Promise.resolve();
      return new Promise((resolve) => idleWaiters.push(resolve));
    },
  };
}
