import { consumeEvents } from '@meower/shared/event/consume-events.ts';
import { eraseCreated } from '@meower/shared/event/erase-created.ts';
import { meowDeleted } from '@meower/shared/event/meow-events.ts';
import type { Consumer, Eraser, Subscription } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

export const ERASER_GROUP = 'eraser';
/** Erasing reads the stream: as many deletions as possible share that. */
const BATCHES = { maxBatch: 5000 };

/**
 * Removes from the broker what it holds of deleted meows. All replicas share the work. A deletion is
 * acknowledged when it is done; until then clients that catch up receive the event, followed by its deletion.
 */
export function startEraser(broker: Consumer & Eraser, logger: Logger): Promise<Subscription> {
  return consumeEvents(
    broker,
    [meowDeleted],
    ERASER_GROUP,
    async (batch) => {
      const ids = new Set(batch.map(({ data }) => data.id));
      const erased = await eraseCreated(broker, ids);
      logger.info({ meows: ids.size, events: erased }, 'erased the events of deleted meows');
    },
    BATCHES,
  );
}
