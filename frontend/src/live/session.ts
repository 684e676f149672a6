import {
  createLiveClient,
  type LiveClient,
  type LiveClientOptions,
  type NewsFrame,
} from '@meower/client/live-client.ts';
import { FrameKind } from '@meower/shared/meow/frames.ts';
import { type Meow, meowFromWire } from '../meow/meow.ts';
import type { MeowerStore } from '../store/index.ts';

/** A single frame is shown immediately. During a burst, the page changes once per batch. */
const BATCH_MS = 50;
/** How long the list waits for the socket: if that opens in time, the list is loaded once. */
const FIRST_LOAD_MS = 400;
/** How often the page tries again what has failed, and asks for new meows while it is not live. */
const RETRY_MS = 5_000;
/** After this long in the background, the socket may be dead without the browser noticing. */
const ASLEEP_MS = 60_000;

/**
 * Keeps the store up to date: from the pusher, or by asking while there is no connection to it. Returns the
 * function that ends it.
 */
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

  /** In a hidden tab, only what the reader has written matters. */
  function retry(): void {
    void store.dispatch(document.hidden ? 'composer/sendPending' : 'retry');
  }

  /** Loads the list again, because frames are missing. */
  function reload(): void {
    store.commit('timeline/interrupted');
    void store.dispatch('timeline/loadNewest');
  }

  function onFrame(frame: NewsFrame): void {
    if (frame.kind === FrameKind.refetch) {
      deliver();
      reload();
      return;
    }
    if (frame.kind === FrameKind.meowDeleted) {
      deliver();
      void store.dispatch('deleted', frame.id);
      return;
    }
    // Of an announced meow, the frame that follows changes nothing.
    batch.push(meowFromWire(frame));
    if (Date.now() - deliveredAt >= BATCH_MS) deliver();
    else timer ??= setTimeout(deliver, BATCH_MS);
  }

  const client = createLiveClient({
    url: location.href,
    onFrame,
    onState(state) {
      deliver();
      store.commit('connection/changed', state);
    },
    onOpen({ resumed }) {
      // A list that was requested before the socket was open may lack what was pushed in between.
      if (!resumed) reload();
      retry();
    },
    ...options,
  });

  const firstLoad = setTimeout(retry, FIRST_LOAD_MS);
  const retries = setInterval(retry, RETRY_MS);
  const stopWatching = watchBrowser(client);
  client.start();

  return () => {
    clearTimeout(timer);
    clearTimeout(firstLoad);
    clearInterval(retries);
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
