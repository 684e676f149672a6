import type { Logger } from '../process/logger.ts';
import { logRepeatedFailures } from './retry.ts';
import { sleep } from './sleep.ts';

interface PeriodicTaskOptions {
  /** What the task does, for the log: "sweep the outbox". */
  what: string;
  logger: Logger;
  /** Pause after each run, in milliseconds. */
  intervalMs: number;
}

interface PeriodicTask {
  /** Runs the task again and again until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Ends the pause. During a run, the next one follows it directly. */
  wake(): void;
}

/** A run that fails is logged (see `logRepeatedFailures`), and the next one comes after the usual pause. */
export function createPeriodicTask(
  task: (signal: AbortSignal) => Promise<void>,
  { what, logger, intervalMs }: PeriodicTaskOptions,
): PeriodicTask {
  let woken = new AbortController();
  let logRepeated = logRepeatedFailures(logger);
  return {
    async run(signal) {
      while (!signal.aborted) {
        woken = new AbortController();
        try {
          await task(signal);
          logRepeated = logRepeatedFailures(logger);
        } catch (error) {
          if (signal.aborted) return;
          logRepeated(error, { retryInMs: intervalMs }, `could not ${what}, trying again`);
        }
        await sleep(intervalMs, AbortSignal.any([signal, woken.signal]));
      }
    },
    wake: () => woken.abort(),
  };
}
