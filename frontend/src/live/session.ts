import { type Frame, FrameKind } from '@meower/shared/meow/frames.ts';
import { pusherUrl } from '../api/meows.ts';
import { type Meow, meowFromWire } from '../meow/meow.ts';
import type { MeowerStore } from '../store/index.ts';
import { createLiveClient, type LiveClient, type LiveClientOptions } from './live-client.ts';

/** A single frame is shown immediately. During a burst, the page changes once per batch. */
const BATCH_MS = 50;
/** How often pending meows are sent again. */
const RESEND_MS = 10_000;
/** After this long in the background, the socket may be dead without the browser noticing. */
const ASLEEP_MS = 60_000;

/** Keeps the store up to date from the pusher and sends pending meows. Returns the function that ends it. */
export function startLiveSession(store: MeowerStore, options: Partial<LiveClientOptions> = {}): () => void {
  let batch: Meow[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let deliveredAt = 0;

  function deliver(): void {
    clearTimeout(timer);
    timer = undefined;
    if (batch.length === 0) return;
    const meows = batch;
    batch = [];
    deliveredAt = Date.now();
    void store.dispatch('pushed', meows);
  }

  function onFrame(frame: Frame): void {
    if (frame.kind === FrameKind.refetch) {
      deliver();
      void store.dispatch('timeline/loadNewest');
      return;
    }
    if (frame.kind === FrameKind.meowDeleted) {
      deliver();
      void store.dispatch('deleted', frame.id);
      return;
    }
    batch.push(meowFromWire(frame));
    if (Date.now() - deliveredAt >= BATCH_MS) deliver();
    else timer ??= setTimeout(deliver, BATCH_MS);
  }

  const client = createLiveClient({
    url: pusherUrl,
    onFrame,
    onState(state) {
      deliver();
      store.commit('connection/changed', state);
    },
    onOpen({ resumed }) {
      // A list that was requested before the socket was open may lack what was pushed in between.
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
    clearTimeout(timer);
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
