import { randomUUID } from 'node:crypto';
import { createPeriodicTask } from '@meower/shared/async/periodic-task.ts';
import { meowCreatedLate } from '@meower/shared/event/meow-events.ts';
import type { Publisher } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

interface LateEvents {
  /** Reports these meows soon. They are kept in memory until then. */
  add(ids: ReadonlySet<string>): void;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const INTERVAL_MS = 5000;
/** In one event. */
const MAX_IDS = 1000;

/**
 * Reports events that came after the deletion of their meow, so that meow-service erases them: erasing reads
 * the stream, so many deletions share it, and it is a right that only one service needs. Events of meows that
 * are deleted soon after their creation are among them, which the deletion erases anyway.
 */
export function createLateEvents(publisher: Publisher, logger: Logger): LateEvents {
  const waiting = new Set<string>();
  const report = async () => {
    while (waiting.size > 0) {
      const ids = [...waiting].slice(0, MAX_IDS);
      const event = meowCreatedLate.create({ ids }, { id: randomUUID() });
      await publisher.publish(meowCreatedLate.name, [event]);
      for (const id of ids) waiting.delete(id);
    }
  };
  const options = { what: 'report late events', logger, intervalMs: INTERVAL_MS };
  return {
    add(ids) {
      for (const id of ids) waiting.add(id);
    },
    run: createPeriodicTask(report, options).run,
  };
}
