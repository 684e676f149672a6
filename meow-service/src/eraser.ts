import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { consumeEvents } from '@meower/shared/event/consume-events.ts';
import { ERASER_GROUP, meowCreated, meowCreatedLate, meowDeleted } from '@meower/shared/event/meow-events.ts';
import { creationTimeOf } from '@meower/shared/meow/meow-id.ts';
import type { Consumer, Eraser, Subscription } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

const EVENTS = [meowDeleted, meowCreatedLate] as const;
export const ERASER_TOPICS = EVENTS.map(({ name }) => name);
/** Erasing reads the stream: as many deletions as possible share that. */
const BATCHES = { maxBatch: 5000 };
/** Longer than the clocks of two machines differ. */
const CLOCK_SKEW_MS = 60_000;

/**
 * Removes from the broker what it holds of deleted meows: the events that created them, in the stream and in
 * the dead letters. All replicas share the work. A deletion is acknowledged when it is done; until then clients
 * that catch up receive the event, followed by its deletion. Whether a meow is deleted whose event is reported
 * as late, the database says and not the report.
 */
export function startEraser(
  broker: Consumer & Eraser,
  repository: Pick<MeowRepository, 'findDeleted'>,
  logger: Logger,
): Promise<Subscription> {
  return consumeEvents(
    broker,
    EVENTS,
    ERASER_GROUP,
    async (batch) => {
      const deleted: string[] = [];
      const late: string[] = [];
      for (const event of batch) {
        if (event.name === meowDeleted.name) deleted.push(event.data.id);
        else late.push(...event.data.ids);
      }
      const known = late.length > 0 ? await repository.findDeleted(late) : [];
      const ids = new Set([...deleted, ...known]);
      if (ids.size === 0) return;
      const oldestMs = Math.min(...[...ids].map((id) => creationTimeOf(id).getTime()));
      const erased = await broker.erase(meowCreated.name, ids, new Date(oldestMs - CLOCK_SKEW_MS));
      logger.info({ meows: ids.size, events: erased }, 'erased the events of deleted meows');
    },
    BATCHES,
  );
}
