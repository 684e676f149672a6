import type { Client } from './client.ts';
import { type Hub, meowFrame, REFETCH } from './hub.ts';
import type { MeowHistory } from './meow-history.ts';

/** Events in one read of the history. */
const PAGE = 500;

/**
 * Brings a client from its cursor to the present: exactly the missed frames, in order, then live. Frames that
 * the hub still has come from there; older ones are read from the history, page by page, as fast as the
 * client takes them. A cursor that is older than the history, or ahead of it, gets one "fetch again" instead.
 */
export async function catchUp(client: Client, cursor: number, hub: Hub, history: MeowHistory): Promise<void> {
  let seq = cursor;
  while (client.isOpen) {
    const resumed = hub.resume(client, seq);
    if (resumed?.live) return;
    if (resumed) {
      seq = resumed.seq;
      await client.drained();
      continue;
    }
    // Created before reading: otherwise an event that arrives during the read would be missed.
    const nextEvent = hub.nextEvent();
    const { events, end: read } = await history.read(seq, PAGE);
    // Read last: events deleted during the read would leave a gap in the page.
    const { start, end } = await history.range();
    if (seq < start || seq > end) {
      hub.join(client);
      client.send(REFETCH);
      return;
    }
    if (read > seq) {
      client.send(Buffer.concat(events.filter((event) => hub.isNews(event)).map(meowFrame)));
      seq = read;
      await client.drained();
    } else {
      // The client has all of the history, and the hub lags behind the stream or was reset.
      await nextEvent;
    }
  }
}
