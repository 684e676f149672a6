import { createLiveClient, type NewsFrame, pusherUrl } from '@meower/client/live-client.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import { FrameKind } from '@meower/shared/meow/frames.ts';
import { earliestId } from '@meower/shared/meow/meow-id.ts';
import { WebSocket } from 'ws';
import type { PageEvent, PageHistory } from '../checker/history.ts';
import type { Random } from '../seeded-random.ts';
import { listAllMeows } from '../system/query-client.ts';

export interface PageOptions {
  name: string;
  pusherUrls: readonly string[];
  queryUrls: readonly string[];
  random: Random;
  /** The longest time that it stays disconnected after dropping its connection, in milliseconds. */
  maxDisconnectedMs: number;
  /** Where it resumes. Default: it begins without a cursor. */
  cursor?: number;
}

/**
 * A client that follows the meows as the front end does: it resumes from its cursor, and fetches the list
 * when the server asks it to. It drops its connection, and stops reading, at random.
 */
export interface Page {
  readonly history: PageHistory;
  has(id: string): boolean;
  /** Whether it is disconnected of its own accord. */
  isDisconnected(): boolean;
  /** From now on it does not drop its connection. */
  stayConnected(): void;
  close(): Promise<void>;
}

const HANDSHAKE_TIMEOUT_MS = 5000;
const CONNECTED_MS = { least: 2000, most: 25_000 };
const READING_PAUSE_MS = { least: 500, most: 3000 };
/** Short, so that a run of a minute has many connections. */
const BACKOFF = { firstMs: 1000, longestMs: 1000, jitter: 0.95 };
const LEAST_DISCONNECTED_MS = 50;
const LIST_RETRY_DELAY_MS = 300;
/**
 * Longer than a meow can take to reach the list: anything older than this before the page was last complete
 * is not missing.
 */
const MARGIN_MS = 120_000;

export function openPage(options: PageOptions): Page {
  const { name, pusherUrls, queryUrls, random, maxDisconnectedMs } = options;
  const events: PageEvent[] = [];
  const received = new Set<string>();
  const closing = new AbortController();
  let resumesAt: number | undefined;
  /** When the page last had everything. */
  let completeAt = 0;
  let drops = true;
  let disconnected: AbortController | undefined;
  let listsRequested = 0;
  let socket: WebSocket | undefined;

  const requestList = () => {
    listsRequested++;
    if (listsRequested === 1) void fetchLists(completeAt);
  };
  const fetchLists = async (since: number) => {
    const downTo = since === 0 ? '' : earliestId(since - MARGIN_MS);
    while (listsRequested > 0 && !closing.signal.aborted) {
      const answered = listsRequested;
      events.push({ kind: 'fetching' });
      const list = await listAllMeows(random.oneOf(queryUrls), downTo).catch(() => undefined);
      if (list === undefined) {
        await sleep(LIST_RETRY_DELAY_MS, closing.signal);
        continue;
      }
      const ids = list.map(({ id }) => id);
      events.push({ kind: 'list', ids, downTo });
      for (const id of ids) received.add(id);
      listsRequested -= answered;
    }
  };

  const receive = (frame: NewsFrame) => {
    if (frame.kind === FrameKind.refetch) {
      events.push({ kind: 'refetch' });
      requestList();
      return;
    }
    // Its own frame follows, and that one counts.
    if (frame.kind === FrameKind.meowAnnounced) return;
    const { kind, seq, id } = frame;
    if (kind === FrameKind.meowDeleted) events.push({ kind: 'deleted', seq, id });
    else {
      events.push({ kind: 'meow', seq, id });
      received.add(id);
    }
    if (listsRequested === 0) completeAt = Date.now();
  };

  const timers = new Set<NodeJS.Timeout>();
  const schedule = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  };
  const clearTimers = () => {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  };

  const stayDisconnected = async () => {
    disconnected = new AbortController();
    live.close();
    const ms = random.between(LEAST_DISCONNECTED_MS, maxDisconnectedMs);
    await sleep(ms, AbortSignal.any([disconnected.signal, closing.signal]));
    disconnected = undefined;
    if (!closing.signal.aborted) live.reconnectNow();
  };
  /** At random, this connection stops reading for a while, and is dropped. */
  const disturb = () => {
    const current = socket;
    const connectedMs = random.between(CONNECTED_MS.least, CONNECTED_MS.most);
    schedule(connectedMs, () => {
      if (!drops) return;
      current?.terminate();
      clearTimers();
      void stayDisconnected();
    });
    schedule(connectedMs / 2, () => {
      current?.pause();
      schedule(random.between(READING_PAUSE_MS.least, READING_PAUSE_MS.most), () => current?.resume());
    });
  };

  const live = createLiveClient({
    url(cursor) {
      resumesAt = cursor;
      return pusherUrl(random.oneOf(pusherUrls), cursor);
    },
    cursor: options.cursor,
    onFrame: receive,
    onOpen({ resumed }) {
      events.push({ kind: 'connected', ...(resumesAt !== undefined && { cursor: resumesAt }) });
      if (!resumed) requestList();
      disturb();
    },
    onState: clearTimers,
    backoff: BACKOFF,
    random: random.fraction,
    isOnline: () => true,
    createSocket(url) {
      socket = new WebSocket(url, { handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
      // The client reconnects after `close`, which follows.
      socket.on('error', () => undefined);
      // It has all that the client uses.
      return socket as unknown as globalThis.WebSocket;
    },
  });
  live.start();

  return {
    history: { name, events },
    has: (id) => received.has(id),
    isDisconnected: () => disconnected !== undefined,
    stayConnected() {
      drops = false;
      disconnected?.abort();
    },
    async close() {
      closing.abort();
      clearTimers();
      live.close();
      socket?.terminate();
    },
  };
}
