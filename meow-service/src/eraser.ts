import { consumeEvents } from '@meower/shared/event/consume-events.ts';
import { meowCreated, meowDeleted } from '@meower/shared/event/meow-events.ts';
import { creationTimeOf } from '@meower/shared/meow/meow-id.ts';
import type { Consumer, Eraser, Subscription } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

const GROUP = 'eraser';
/** Longer than the clocks of two machines differ. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Removes from the broker what it holds of deleted meows: the events that created them, in the stream and in
 * the dead letters. All replicas share the work. A deletion is acknowledged when it is done; until then
 * clients that catch up receive the event, followed by its deletion.
 */
export function startEraser(broker: Consumer & Eraser, logger: Logger): Promise<Subscription> {
  return consumeEvents(broker, [meowDeleted], GROUP, async (batch) => {
    const ids = new Set(batch.map(({ data }) => data.id));
    const first = Math.min(...[...ids].map((id) => creationTimeOf(id).getTime()));
    const erased = await broker.erase(meowCreated.name, ids, new Date(first - CLOCK_SKEW_MS));
    logger.info({ meows: ids.size, events: erased }, 'erased the events of deleted meows');
  });
}
