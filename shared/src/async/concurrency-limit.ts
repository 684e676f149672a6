import { OverloadedError } from './overloaded-error.ts';

/** Runs work unless `max` calls are running already; then it rejects with `OverloadedError`. */
export function createConcurrencyLimit(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  return async (work) => {
    if (running >= max) throw new OverloadedError(`${max} are running already`);
    running++;
    try {
      return await work();
    } finally {
      running--;
    }
  };
}
