import { OverloadedError } from '@meower/shared/async/overloaded-error.ts';
import { createSingleFlight } from '@meower/shared/async/single-flight.ts';
import type { TraceMissedFrames } from '@meower/shared/tracing/trace-frame.ts';
import type { Client } from './client.ts';
import { type Hub, meowFrame, REFETCH } from './hub.ts';
import type { MeowHistory } from './meow-history.ts';
import type { CatchUpOutcome } from './statistics.ts';

/** Events in one read of the history. */
const PAGE = 500;
/** A client that missed more fetches the list again, which costs less. */
const MAX_MISSED = 5000;
/**
 * Different places of the history that are read concurrently. After a restart most clients are at the same
 * one.
 */
const MAX_READS = 10;

/**
 * Brings a client from its cursor to the present: exactly the missed frames, in order, then live. Frames that
 * the hub still has come from there; older ones are read from the history, page by page, as fast as the
 * client takes them. One "fetch again" instead gets a client whose cursor is older than the history, ahead of
 * it, or far behind, and one that comes while many other places of the history are being read. Resolves to how the client got what it
 * missed.
 */
type CatchUp = (client: Client, cursor: number) => Promise<CatchUpOutcome>;

/** Clients at the same place share the reads. */
export function createCatchUp(hub: Hub, history: MeowHistory, traceMissed?: TraceMissedFrames): CatchUp {
  const readRange = createSingleFlight(() => history.range(), { maxKeys: 1 });
  const readPage = createSingleFlight(
    async (after) => {
      const { events, end } = await history.read(Number(after), PAGE);
      // Read last: events deleted during the read would leave a gap in the page.
      const range = await history.range();
      const news = events.filter((event) => hub.isNews(event));
      const traceparents = news.map(({ message }) => message.metadata.traceparent);
      return { frames: Buffer.concat(news.map(meowFrame)), traceparents, end, range };
    },
    { maxKeys: MAX_READS },
  );

  const refetch = (client: Client): CatchUpOutcome => {
    hub.join(client);
    client.send(REFETCH);
    return 'refetch';
  };

  return async (client, cursor) => {
    let seq = cursor;
    let isFirstRead = true;
    while (client.isOpen) {
      const resumed = hub.resume(client, seq);
      if (resumed?.live) break;
      if (resumed) {
        seq = resumed.seq;
        await client.drained();
        continue;
      }
      // Created before reading: otherwise an event that arrives during the read would be missed.
      const nextEvent = hub.nextEvent();
      if (isFirstRead) {
        const { start, end } = await readRange('');
        if (seq < start || seq > end || end - seq > MAX_MISSED) return refetch(client);
        isFirstRead = false;
      }
      const page = await readPage(String(seq)).catch((error: unknown) => {
        if (error instanceof OverloadedError) return undefined;
        throw error;
      });
      if (!page || seq < page.range.start || seq > page.range.end) return refetch(client);
      if (page.end > seq) {
        client.send(page.frames, page.traceparents.length);
        traceMissed?.(page.traceparents);
        seq = page.end;
        await client.drained();
      } else {
        // The client has all of the history, and the hub lags behind the stream or was reset.
        await nextEvent;
      }
    }
    return isFirstRead ? 'ring' : 'history';
  };
}
