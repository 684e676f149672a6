import { createPeriodicTask } from '@meower/shared/async/periodic-task.ts';
import { eraseCreated } from '@meower/shared/event/erase-created.ts';
import type { Eraser } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

interface LateErasure {
  /** Erases the events of these meows soon. They are kept in memory until then. */
  add(ids: ReadonlySet<string>): void;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const INTERVAL_MS = 5000;

/**
 * Erases events that come after the deletion of their meow. Erasing reads the stream: it must not delay the
 * indexing, and many deletions share it. Events of meows that are deleted soon after their creation are among
 * them, which the deletion erases anyway.
 */
export function createLateErasure(eraser: Eraser, logger: Logger): LateErasure {
  let waiting = new Set<string>();
  const erase = async () => {
    if (waiting.size === 0) return;
    const ids = waiting;
    waiting = new Set();
    try {
      await eraseCreated(eraser, ids);
    } catch (error) {
      for (const id of ids) waiting.add(id);
      throw error;
    }
  };
  const options = { what: 'erase late events', logger, intervalMs: INTERVAL_MS };
  return {
    add(ids) {
      for (const id of ids) waiting.add(id);
    },
    run: createPeriodicTask(erase, options).run,
  };
}
