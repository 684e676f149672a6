import type { Closable } from './closable.ts';

/**
 * Runs a task without waiting for it. `close` aborts its signal and waits for it to end. A task that fails
 * before it is closed is an unhandled rejection on purpose: the process logs it and stops, instead of
 * continuing without the task.
 */
export function runInBackground(task: (signal: AbortSignal) => Promise<void>): Closable {
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
