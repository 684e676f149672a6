import type { Running } from '../process/running.ts';

/**
 * Runs a task beside everything else. `close` aborts its signal and waits for it to end. A task that fails before it
 * is closed is an unhandled rejection on purpose: the process logs it and stops, rather than going on without it.
 */
export function runInBackground(task: (signal: AbortSignal) => Promise<void>): Running {
  const controller = new AbortController();
  const { signal } = controller;
  const running = task(signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return {
    async close() {
      controller.abort();
      await running;
    },
  };
}
