import { OverloadedError } from './overloaded-error.ts';
import { sleep } from './sleep.ts';

export interface BatcherOptions {
  /** Most items in one batch. */
  maxBatch: number;
  /** Most batches that run concurrently. */
  concurrency: number;
  /** Most items that wait for their batch to start; one more is refused with `OverloadedError`. */
  maxWaiting: number;
  /**
   * Pause after each batch before another may start, in milliseconds, for work that is not urgent. Default 0.
   */
  cooldownMs?: number;
  /** Called after each batch. Must not throw. */
  onBatch?: ((report: BatchReport) => void) | undefined;
}

export interface BatchReport {
  /** Items. */
  readonly size: number;
  /** How long the first of them had waited when the batch started. */
  readonly waitedMs: number;
  readonly durationMs: number;
}

/** One for each item of a batch, in their order; an `Error` rejects that item only. */
export type Outcomes<R> = readonly (R | Error)[];

interface Batcher<T, R = void> {
  /**
   * Resolves to the item's outcome when its batch has run; rejects with its error, or with that of the batch.
   */
  add(item: T): Promise<R>;
  /** Resolves when everything added so far has been run, and the cooldown is over. */
  idle(): Promise<void>;
}

interface Waiting<T, R> {
  item: T;
  addedAtMs: number;
  resolve: (outcome: R) => void;
  reject: (error: unknown) => void;
}

/**
 * Starts a batch when one finishes, or when as many items wait as are in flight: light load never waits,
 * heavy load forms large batches. There is no timer without a cooldown. Items start in the order of `add`.
 */
export function createBatcher<T, R = void>(
  run: (items: readonly T[]) => Promise<Outcomes<R>> | Promise<void>,
  { maxBatch, concurrency, maxWaiting, cooldownMs = 0, onBatch }: BatcherOptions,
): Batcher<T, R> {
  let waiting: Waiting<T, R>[] = [];
  let idleWaiters: (() => void)[] = [];
  let running = 0;
  let inFlight = 0;
  let scheduled = false;

  const mayStart = () => waiting.length > 0 && running < concurrency && waiting.length >= inFlight;

  /** Starts after this turn of the event loop: everything that arrives in it shares the first batch. */
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
    inFlight += batch.length;
    const startedMs = performance.now();
    try {
      const outcomes = await run(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, i) => {
        // Undefined where `run` returns nothing, which is for items without a result only.
        const outcome = (outcomes as Outcomes<R> | undefined)?.[i] as R | Error;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    onBatch?.({
      size: batch.length,
      waitedMs: startedMs - (batch[0]?.addedAtMs ?? startedMs),
      durationMs: performance.now() - startedMs,
    });
    if (cooldownMs > 0) await sleep(cooldownMs);
    running--;
    inFlight -= batch.length;
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
        waiting.push({ item, addedAtMs: performance.now(), resolve, reject });
        schedule();
      });
    },
    idle() {
      if (waiting.length === 0 && running === 0) return Promise.resolve();
      return new Promise((resolve) => idleWaiters.push(resolve));
    },
  };
}
