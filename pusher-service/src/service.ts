import { retryForever } from '@meower/shared/async/retry.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import { followEvents } from '@meower/shared/event/consume-events.ts';
import { createEventLog } from '@meower/shared/event/event-log.ts';
import { loggedDeletions } from '@meower/shared/event/logged-deletions.ts';
import type { AllowedOrigins } from '@meower/shared/http/allowed-origins.ts';
import type { StepLog } from '@meower/shared/inspection/step-log.ts';
import type {
  Connection,
  Follower,
  SequencedLog,
  SequencedMessage,
} from '@meower/shared/message/capabilities.ts';
import { lagReadings } from '@meower/shared/metrics/readings.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { Service } from '@meower/shared/service/service.ts';
import { subscribeInBackground } from '@meower/shared/service/subscribe-in-background.ts';
import type { TraceFrame, TraceMissedFrames } from '@meower/shared/tracing/trace-frame.ts';
import { createCatchUp } from './catch-up.ts';
import { type Client, type ClientLimits, CloseCode } from './client.ts';
import { followerLag } from './follower-lag.ts';
import { pusherRoutes, pusherUpgrades } from './handlers.ts';
import { HEARTBEAT, Hub, type OnFrame } from './hub.ts';
import { MEOW_EVENTS, meowHistory } from './meow-history.ts';
import { Statistics } from './statistics.ts';

interface PusherServiceOptions {
  broker: Follower<SequencedMessage> & SequencedLog & Connection;
  logger: Logger;
  limits?: ClientLimits;
  /** Other pages that may listen. Default: all. */
  origins?: AllowedOrigins;
  /** Time between two heartbeats, in milliseconds. */
  heartbeatMs?: number;
  /** Recent frames kept in memory for clients that resume. */
  ringSize?: number;
  traceFrame?: TraceFrame | undefined;
  traceMissedFrames?: TraceMissedFrames | undefined;
  /** Where each frame is written down, for operators. */
  steps?: StepLog | undefined;
}

export const PUSHER_DEFAULTS = {
  origins: new Set(['*']) as AllowedOrigins,
  limits: { maxWaitingBytes: 1024 * 1024, maxMessages: 100, maxReceivedBytes: 512 * 1024 },
  heartbeatMs: 5_000,
  ringSize: 10_000,
};

/**
 * A page has to notice a frozen server sooner than the service a client that is gone, which is found within two pings.
 * A ping costs an answer as well.
 */
const HEARTBEATS_PER_PING = 3;

/** How long clients may take to disconnect when the service closes, in milliseconds. */
const DISCONNECT_TIMEOUT_MS = 3000;

type FrameEvent = Parameters<OnFrame>[0];

function recordFrame(steps: StepLog): OnFrame {
  return ({ data, message }) =>
    (sockets) =>
      steps.add(data.id, 'pushed', `seq ${message.seq}, sockets: ${sockets}`);
}

/** Sends each creation and deletion of a meow to every connected browser. Does not close the broker. */
export function createPusherService(options: PusherServiceOptions): Service {
  const { broker, logger, limits, origins, heartbeatMs, ringSize, steps } = {
    ...PUSHER_DEFAULTS,
    ...options,
  };
  const { traceFrame, traceMissedFrames } = options;
  const statistics = new Statistics();
  const onFrame: OnFrame[] = [
    ...(traceFrame ? [({ message }: FrameEvent) => traceFrame(message.seq)] : []),
    ...(steps ? [recordFrame(steps)] : []),
  ];
  const hub = new Hub(ringSize, onFrame, traceMissedFrames);
  const logPushed = createEventLog(logger, 'pushed');
  const history = meowHistory(broker, logger);
  const catchUp = createCatchUp(hub, history, traceMissedFrames);
  const clients = new Set<Client>();
  let following = false;
  let closing = false;

  const removeClient = (client: Client) => clients.delete(client);
  const onClient = (client: Client, cursor: number | undefined) => {
    clients.add(client);
    client.onClose(removeClient);
    statistics.opened++;
    if (cursor === undefined) return hub.join(client);
    catchUp(client, cursor)
      .catch((error: unknown) => {
        logger.warn({ err: error, cursor }, 'could not send a client what it missed: it has to reconnect');
        client.close(CloseCode.tryAgainLater, 'try again');
        return 'failed' as const;
      })
      .then((outcome) => statistics.catchUps[outcome]++);
  };

  let heartbeats = 0;
  const heartbeat = setInterval(() => {
    const isPinging = heartbeats++ % HEARTBEATS_PER_PING === 0;
    for (const client of clients) {
      if (isPinging) client.ping();
      client.send(HEARTBEAT);
    }
  }, heartbeatMs);

  const follow = () =>
    followEvents(
      broker,
      MEOW_EVENTS,
      {
        onEvent(event) {
          hub.broadcast(event);
          logPushed(event.message);
        },
        onReset: () => hub.reset(),
        onAnnounced: (event) => hub.announce(event),
      },
      logger,
    );
  const background = subscribeInBackground(follow, {
    what: 'follow the events',
    logger,
    async whileSubscribed({ from }, signal) {
      hub.startAfter(broker.seqOf(from));
      // No client may receive a meow whose event comes, or came, after its deletion.
      const forgetDeleted = async () => {
        for await (const ids of loggedDeletions(broker, logger, signal)) for (const id of ids) hub.forget(id);
      };
      await retryForever(forgetDeleted, { what: 'read which meows are deleted', logger, signal });
      following = true;
    },
  });

  const disconnectClients = async () => {
    closing = true;
    const allClosed = new AbortController();
    const onClose = () => clients.size === 0 && allClosed.abort();
    for (const client of clients) {
      client.onClose(onClose);
      client.close(CloseCode.goingAway, 'the server is going away');
    }
    onClose();
    await sleep(DISCONNECT_TIMEOUT_MS, allClosed.signal);
  };

  return {
    routes: pusherRoutes(),
    upgrades: pusherUpgrades({
      limits,
      statistics,
      origins,
      isFollowing: () => following && !closing,
      onClient,
    }),
    checks: [
      {
        name: 'nats',
        async check() {
          await broker.ping();
          if (!following) throw new Error('not following the events yet');
        },
      },
    ],
    readings: [
      ...statistics.readings(() => clients.size),
      ...lagReadings({ lag: () => followerLag(hub, history) }, { pusher: [] }),
    ],
    disconnectClients,
    async close() {
      clearInterval(heartbeat);
      await background.close();
    },
  };
}
