import { connect } from 'nats';
import { expect, test } from 'vitest';
import { sleep } from '../../async/sleep.ts';
import { describeReal } from '../../testing/describe-real.ts';
import { type NatsCluster, startNatsCluster } from '../../testing/nats-server.ts';
import type { ServerProcess } from '../../testing/server-process.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import { waitUntil } from '../../testing/wait-until.ts';
import type { Broker, Message, SequencedMessage } from '../capabilities.ts';
import { member, message } from '../contract/samples.ts';
import { createNatsBroker } from '../nats.ts';

const TOPIC = 'meow.created';
const STREAM = 'MEOW';
const PUBLISHERS = 4;
const PAUSE_MS = 20;
const WARM_UP = 100;

describeReal('nats_server', (binary) => {
  // NATS elects a leader after 4 to 9 s. Until then followers get announcements; the delay is counted from the
  // time at which a message was to be published.
  test.concurrent.each<[how: string, longestDelayMs: number, (server: ServerProcess) => unknown]>([
    ['killed', 3000, (server) => server.kill()],
    ['stopped', 3000, (server) => server.stop()],
    ['asked to leave (lame duck mode)', 3000, (server) => server.signal('SIGUSR2')],
    // Only its silence is noticed.
    ['frozen', 20_000, (server) => server.pause()],
  ])(
    'loses nothing and goes on delivering when the leader of a cluster is %s',
    {
      timeout: 90_000,
    },
    async (_, longestDelayMs, lose) => {
      await using opened = new AsyncDisposableStack();
      const cluster = await startNatsCluster(binary, 3);
      opened.defer(() => cluster.wipe());
      const config = {
        address: cluster.address,
        streams: { [STREAM]: [TOPIC] },
        replicas: 3,
        announcedTopics: [TOPIC],
      };
      const broker = createNatsBroker(config, { logger: silentLogger });
      opened.defer(() => broker.close());
      await eventually(() => broker.ping());

      const followed: SequencedMessage[] = [];
      const seenAtMs = new Map<string, number>();
      const see = ({ id }: Message) => {
        if (!seenAtMs.has(id)) seenAtMs.set(id, performance.now());
      };
      let resets = 0;
      /** After it was stored. */
      let longestToFollowMs = 0;
      await broker.follow([TOPIC], {
        onMessage(one) {
          followed.push(one);
          see(one);
          longestToFollowMs = Math.max(longestToFollowMs, Date.now() - one.publishedAt.getTime());
        },
        onAnnounced: see,
        onReset: () => {
          resets++;
        },
      });
      const leader = await leaderOf(cluster);
      const { inbox } = await member(broker, TOPIC);
      const publishing = startPublishing(broker);
      await atLeast(() => followed.length, WARM_UP);

      await lose(leader);
      await atLeast(() => followed.length, publishing.sent.length + 2 * WARM_UP);
      const sent = await publishing.stop();
      const ids = sent.map(({ id }) => id);
      await atLeast(() => followed.length, ids.length);
      await atLeast(() => new Set(inbox.received.map(({ id }) => id)).size, ids.length);

      expect(followed.map(({ id }) => id).sort()).toEqual(ids.sort());
      expect(resets).toBe(0);
      const delays = sent.map(({ id, atMs }) => (seenAtMs.get(id) ?? Number.POSITIVE_INFINITY) - atMs);
      expect(Math.max(...delays)).toBeLessThan(longestDelayMs);
      expect(longestToFollowMs).toBeLessThan(longestDelayMs);
    },
  );
});

/** The server that leads the stream, and so sends the copies that followers get. */
async function leaderOf(cluster: NatsCluster): Promise<ServerProcess> {
  const connection = await connect({ servers: cluster.address.split(',') });
  try {
    const jsm = await connection.jetstreamManager();
    let leader: ServerProcess | undefined;
    await eventually(async () => {
      const { cluster: group } = await jsm.streams.info(STREAM);
      leader = cluster.servers.get(group?.leader ?? '');
      if (!leader) throw new Error('the stream has no leader yet');
    });
    return leader as ServerProcess; // found above
  } finally {
    await connection.close();
  }
}

/** Publishes at a steady rate; each message until the cluster has it, as the outbox does. */
function startPublishing(broker: Broker) {
  const sent: { id: string; atMs: number }[] = [];
  let isPublishing = true;
  const publishers = Array.from({ length: PUBLISHERS }, async () => {
    while (isPublishing) {
      const one = message();
      const atMs = performance.now();
      await eventually(() => broker.publish(TOPIC, [one]));
      sent.push({ id: one.id, atMs });
      await sleep(PAUSE_MS);
    }
  });
  return {
    sent,
    /** Resolves to everything that was published. */
    async stop() {
      isPublishing = false;
      await Promise.all(publishers);
      return sent;
    },
  };
}

function eventually(act: () => Promise<unknown>): Promise<void> {
  return waitUntil(async () => void (await act()), { timeoutMs: 40_000, intervalMs: 20 });
}

function atLeast(count: () => number, wanted: number): Promise<void> {
  const missing = () => (count() >= wanted ? undefined : `${count()} of ${wanted}`);
  return waitUntil(missing, { timeoutMs: 40_000, intervalMs: 20 });
}
