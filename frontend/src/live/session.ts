import { type Frame, FrameKind } from '@meower/shared/schema/frames.ts';
import { pusherUrl } from '../api/meows.ts';
import { type Meow, meowFromWire } from '../meow/meow.ts';
import type { MeowerStore } from '../store/index.ts';
import { createLiveClient, type LiveClient, type LiveClientOptions } from './live-client.ts';

/** A lone frame is shown at once; a burst changes the page this often. */
const GATHER_MS = 50;
/** How often what could not be sent is tried again while the pusher's socket stays open. */
const RESEND_MS = 10_000;
/** After so long in the background, a socket may have died without the browser noticing. */
const ASLEEP_MS = 60_000;

/** Joins the store to the pusher: fetches, catches up, sends what waited. Returns the way to end it. */
export function startLiveSession(store: MeowerStore, options: Partial<LiveClientOptions> = {}): () => void {
  let gathered: Meow[] = [];
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let deliveredAt = 0;

  function deliver(): void {
    clearTimeout(gathering);
    gathering = undefined;
    if (gathered.length === 0) return;
    const meows = gathered;
    gathered = [];
    deliveredAt = Date.now();
    void store.dispatch('pushed', meows);
  }

  function onFrame(frame: Frame): void {
    if (frame.kind === FrameKind.refetch) {
      deliver();
      void store.dispatch('timeline/loadNewest');
      return;
    }
    gathered.push(meowFromWire(frame));
    if (Date.now() - deliveredAt >= GATHER_MS) deliver();
    else gathering ??= setTimeout(deliver, GATHER_MS);
  }

  const client = createLiveClient({
    url: pusherUrl,
    onFrame,
    onState(state) {
      deliver();
      store.commit('connection/changed', state);
    },
    onOpen({ resumed }) {
      // A list that was asked for before the socket was open may lack what was pushed in between.
      if (!resumed || store.state.timeline.problem !== undefined) void store.dispatch('timeline/loadNewest');
      void store.dispatch('composer/sendPending');
    },
    ...options,
  });

  const resend = setInterval(() => void store.dispatch('composer/sendPending'), RESEND_MS);
  const stopWatching = watchBrowser(client);
  client.start();
  void store.dispatch('timeline/loadNewest');

  return () => {
    clearTimeout(gathering);
    clearInterval(resend);
    stopWatching();
    client.close();
  };
}

function watchBrowser(client: LiveClient): () => void {
  const watching = new AbortController();
  const { signal } = watching;
  let hiddenAt: number | undefined;

  addEventListener('online', () => client.reconnectNow(), { signal });
  addEventListener('offline', () => client.networkLost(), { signal });
  addEventListener('pageshow', ({ persisted }) => persisted && client.reconnectNow(), { signal });
  document.addEventListener(
    'visibilitychange',
    () => {
      const asleepMs = hiddenAt === undefined ? 0 : Date.now() - hiddenAt;
      hiddenAt = document.hidden ? Date.now() : undefined;
      if (!document.hidden && asleepMs >= ASLEEP_MS) client.reconnectNow();
    },
    { signal },
  );
  return () => watching.abort();
}
