import { runInBackground } from '@meower/shared/async/background-task.ts';
import { retryForever } from '@meower/shared/async/retry.ts';
import { sleep, untilAborted } from '@meower/shared/async/sleep.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { Service } from '@meower/shared/service/service.ts';
import { catchUp } from './catch-up.ts';
import { type Client, type ClientLimits, CloseCode } from './client.ts';
import { pusherRoutes, pusherUpgrades } from './handlers.ts';
import { Hub } from './hub.ts';

export interface PusherServiceOptions {
  events: EventStore;
  logger: Logger;
  limits?: ClientLimits;
  /** Pause between two pings, in milliseconds: a dead peer is found within two of them. */
  heartbeatMs?: number;
  /** Recent frames kept for clients that resume. */
  ringSize?: number;
}

export const PUSHER_DEFAULTS = {
  limits: { maxWaitingBytes: 1024 * 1024, maxMessages: 100 },
  heartbeatMs: 30_000,
  ringSize: 10_000,
};

/** How long clients may take to answer when the service closes them, in milliseconds. */
const HANG_UP_MS = 3000;

/** Sends each new meow to every connected browser. Does not close what it is given. */
export function createPusherService(options: PusherServiceOptions): Service {
  const { events, logger, limits, heartbeatMs, ringSize } = { ...PUSHER_DEFAULTS, ...options };
  const hub = new Hub(ringSize);
  const clients = new Set<Client>();
  let following = false;
  let hungUp = false;

  const forget = (client: Client) => clients.delete(client);
  const onClient = (client: Client, cursor: number | undefined) => {
    clients.add(client);
    client.onClose(forget);
    if (cursor === undefined) return hub.join(client);
    catchUp(client, cursor, hub, events).catch((error: unknown) => {
      logger.warn({ err: error, cursor }, 'could not bring a client up to date, it has to come again');
      client.close(CloseCode.tryAgainLater, 'try again');
    });
  };

  const heartbeat = setInterval(() => {
    for (const client of clients) client.beat();
  }, heartbeatMs);

  const background = runInBackground(async (signal) => {
    const follow = () =>
      events.onMeowCreated(
        (event) => hub.broadcast(event),
        () => hub.lost(),
      );
    const subscription = await retryForever(follow, { what: 'follow the events', logger, signal });
    hub.begin(subscription.from);
    following = true;
    await untilAborted(signal);
    await subscription.close();
  });

  const hangUp = async () => {
    hungUp = true;
    const allGone = new AbortController();
    const onGone = () => clients.size === 0 && allGone.abort();
    for (const client of clients) {
      client.onClose(onGone);
      client.close(CloseCode.goingAway, 'the server is going away');
    }
    onGone();
    await sleep(HANG_UP_MS, allGone.signal);
  };

  return {
    routes: pusherRoutes(),
    upgrades: pusherUpgrades({ limits, isFollowing: () => following && !hungUp, onClient }),
    checks: [
      {
        name: 'nats',
        async check() {
          await events.ping();
          if (!following) throw new Error('not following the events yet');
        },
      },
    ],
    hangUp,
    async close() {
      clearInterval(heartbeat);
      await background.close();
    },
  };
}
