import { sleep } from '@meower/shared/async/sleep.ts';
import { type Frame, FrameKind } from '@meower/shared/schema/frames.ts';
import { earliestId } from '@meower/shared/schema/meow-id.ts';
import { WebSocket } from 'ws';
import type { PageEvent, PageHistory } from '../checker/history.ts';
import type { Random } from '../seeded-random.ts';
import { readList } from '../system/query-client.ts';

export interface PageOptions {
  name: string;
  pusherUrls: readonly string[];
  queryUrls: readonly string[];
  random: Random;
  /** How long it stays away after it has dropped its connection, in milliseconds, at most. */
  awayMs: number;
}

/** A client that keeps up as the front end does: resumes after its cursor, and fetches the list when told to. Drops its connection at random. */
export interface Page {
  readonly history: PageHistory;
  has(id: string): boolean;
  /** Whether it stays away of its own will at this moment. */
  isAway(): boolean;
  /** From now on it stays connected, as far as it depends on it. */
  calm(): void;
  close(): Promise<void>;
}

const HANDSHAKE_MS = 5000;
const STAYS_MS = { least: 2000, most: 25_000 };
const LIST_AGAIN_MS = 300;
const RETRY_MS = { least: 50, most: 1000 };
const READS_NOTHING_MS = { least: 500, most: 3000 };
/** Longer than a meow can be on its way to the list: what is older than that before the last sign of life is not missing. */
const MARGIN_MS = 120_000;

export function openPage({ name, pusherUrls, queryUrls, random, awayMs }: PageOptions): Page {
  const events: PageEvent[] = [];
  const received = new Set<string>();
  const closing = new AbortController();
  let cursor: number | undefined;
  let wholeAt = 0;
  let calm = false;
  let away: AbortController | undefined;
  let listsWanted = 0;
  let socket: WebSocket | undefined;

  const needList = (since: number) => {
    listsWanted++;
    if (listsWanted === 1) void fetchLists(since);
  };
  const fetchLists = async (since: number) => {
    const floor = since === 0 ? '' : earliestId(since - MARGIN_MS);
    while (listsWanted > 0 && !closing.signal.aborted) {
      const wanted = listsWanted;
      const list = await readList(random.oneOf(queryUrls), floor).catch(() => undefined);
      if (list === undefined) {
        await sleep(LIST_AGAIN_MS, closing.signal);
        continue;
      }
      const ids = list.map(({ id }) => id);
      events.push({ kind: 'list', ids });
      for (const id of ids) received.add(id);
      listsWanted -= wanted;
    }
  };

  const receive = (frame: Frame) => {
    if (frame.kind === FrameKind.refetch) {
      events.push({ kind: 'refetch' });
      cursor = undefined;
      needList(wholeAt);
    } else if (frame.kind === FrameKind.meowCreated) {
      events.push({ kind: 'meow', seq: frame.seq, id: frame.id });
      received.add(frame.id);
      cursor = frame.seq;
      if (listsWanted === 0) wholeAt = Date.now();
    }
  };

  /** One connection, from its beginning to its end; resolves to whether this page has ended it. */
  const connectOnce = () =>
    new Promise<boolean>((resolve) => {
      let dropped = false;
      const query = cursor === undefined ? '' : `?cursor=${cursor}`;
      const current = new WebSocket(`${random.oneOf(pusherUrls)}/pusher${query}`, {
        handshakeTimeout: HANDSHAKE_MS,
      });
      socket = current;
      const timers: NodeJS.Timeout[] = [];
      const later = (ms: number, what: () => void) => timers.push(setTimeout(what, ms));
      current.on('open', () => {
        events.push({ kind: 'connected', cursor });
        if (cursor === undefined) needList(wholeAt);
        const stays = random.between(STAYS_MS.least, STAYS_MS.most);
        later(stays, () => {
          if (calm) return;
          dropped = true;
          current.terminate();
        });
        later(stays / 2, () => {
          current.pause();
          later(random.between(READS_NOTHING_MS.least, READS_NOTHING_MS.most), () => current.resume());
        });
      });
      current.on('message', (data) => receive(JSON.parse(String(data)) as Frame));
      // `close` follows.
      current.on('error', () => undefined);
      current.on('close', () => {
        for (const timer of timers) clearTimeout(timer);
        resolve(dropped);
      });
    });

  const live = async () => {
    while (!closing.signal.aborted) {
      const dropped = await connectOnce();
      if (dropped) await stayAway();
      else await sleep(random.between(RETRY_MS.least, RETRY_MS.most), closing.signal);
    }
  };
  const stayAway = async () => {
    away = new AbortController();
    await sleep(random.between(RETRY_MS.least, awayMs), AbortSignal.any([away.signal, closing.signal]));
    away = undefined;
  };
  const living = live();

  return {
    history: { name, events },
    has: (id) => received.has(id),
    isAway: () => away !== undefined,
    calm() {
      calm = true;
      away?.abort();
    },
    async close() {
      closing.abort();
      socket?.terminate();
      await living;
    },
  };
}
