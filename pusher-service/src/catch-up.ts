import type { EventStore } from '@meower/shared/event/store.ts';
import type { Client } from './client.ts';
import { type Hub, isNews, meowFrame, REFETCH } from './hub.ts';

/** Events read from the history at once. */
const PAGE = 500;

/**
 * Brings a client from its cursor to the present: exactly the missed frames, in order, then live. What the hub still has comes from
 * there; what is older is read from the history, page by page, as fast as the client takes it. A cursor that the history does not reach back to, or has never
 * given out, gets one "fetch again" instead.
 */
export async function catchUp(
  client: Client,
  cursor: number,
  hub: Hub,
  events: Pick<EventStore, 'history' | 'readMeowCreated'>,
): Promise<void> {
  let position = cursor;
  while (client.isOpen) {
    const resumed = hub.resume(client, position);
    if (resumed?.live) return;
    if (resumed) {
      position = resumed.position;
      await client.drained();
      continue;
    }
    const missed = await events.readMeowCreated(position, PAGE);
    // Asked after reading: what was cut off meanwhile would be a gap in the page.
    const { start, end } = await events.history();
    if (position < start || position > end) {
      hub.join(client);
      client.send(REFETCH);
      return;
    }
    if (missed.length > 0) {
      client.send(Buffer.concat(missed.filter(isNews).map(meowFrame)));
      position = missed.at(-1)?.seq ?? position;
      await client.drained();
    }
    // The hub hears of every event a moment after the history has it; until then the client would get it twice.
    if (missed.length === 0 || hub.isBehind(position)) await hub.nextEvent();
  }
}
