import { readFileSync } from 'node:fs';
import { sleep } from '@meower/shared/async/sleep.ts';
import { meowCreated } from '@meower/shared/event/meow-events.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { natsConfig, natsSpecs } from '@meower/shared/settings/nats.ts';
import { readSettings } from '@meower/shared/settings/read-settings.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { z } from 'zod';
import type { TcpProxy } from '../system/tcp-proxy.ts';
import type { DisturbedHttp } from './disturbed-http.ts';
import { type ObservedSystem, startObservedSystem } from './observed-system.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

const dashboard = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) }),
  ),
});
const { panels } = dashboard.parse(
  JSON.parse(
    readFileSync(new URL('../../../observe/grafana/dashboards/meower.json', import.meta.url), 'utf8'),
  ),
);

/** On a busy machine a scrape, an evaluation and a recovery take many seconds. */
const SOON = { timeout: 60_000, interval: 200 };
vi.setConfig({ testTimeout: 150_000, hookTimeout: 120_000 });

describeReal('prometheus_server', (prometheusBinary) =>
  describeReal('elasticsearch', (elasticsearch) =>
    describeReal('nats_server', (nats) =>
      describeReal('postgres', (postgres) => suite({ postgres, nats, elasticsearch }, prometheusBinary)),
    ),
  ),
);

function suite(servers: Parameters<typeof startObservedSystem>[0], prometheusBinary: string): void {
  let system: ObservedSystem;
  let prometheus: PrometheusServer;
  let load: { stop(): Promise<void> };

  beforeAll(async () => {
    system = await startObservedSystem(servers);
    const targets = Object.entries(system.services).map(([name, { metrics }]) => [name, metrics]);
    prometheus = await startPrometheus(prometheusBinary, Object.fromEntries(targets));
    load = startLoad(system);
  });
  afterAll(async () => {
    await load?.stop();
    await prometheus?.close();
    await system?.close();
  });

  /** Exactly these alerts fire, perhaps with those that may follow. */
  const fires = (names: Iterable<string>, mayFollow: readonly string[] = []) =>
    vi.waitFor(async () => {
      const firing = (await prometheus.firing()).filter((name) => !mayFollow.includes(name));
      expect(firing).toEqual([...names].sort());
    }, SOON);

  test('no alert fires while all is well', async () => {
    await vi.waitFor(async () => {
      expect(await prometheus.query('sum(meower_ready)')).toMatchObject([{ value: 3 }]);
      expect(await prometheus.query('sum(rate(meower_searches_total[5s])) > 0')).toHaveLength(1);
    }, SOON);
    await fires([]);
  });

  /** Those of one line do not touch one another, so a test has them at the same time. */
  for (const faults of [
    [brokerIsUnreachable, searchesAreRefused, diskIsFull, clientsSendTooMuch],
    [eventsAreNotIndexed, pusherCannotFollow],
    [databaseIsUnreachable, eventIsUnreadable],
  ])
    test(faults.map(({ title }) => title).join('; '), async () => {
      const mayFollow = faults.flatMap((fault) => fault.mayFollow ?? []);
      await fires([]);
      await using healing = new AsyncDisposableStack();
      for (const { start } of faults) healing.defer(await start(system));
      await fires(new Set(faults.flatMap(({ alerts }) => alerts)), mayFollow);
      await healing.disposeAsync();
      await fires([]);
    });

  describe('the dashboard', () => {
    for (const { title, targets } of panels.filter((panel) => panel.targets.length > 0))
      test(`Prometheus answers the panel "${title}"`, async () => {
        for (const { expr } of targets) {
          await vi.waitFor(async () => {
            const found = await prometheus.query(expr.replaceAll('$__rate_interval', '5m'));
            expect(found.filter(({ value }) => Number.isFinite(value)).length).toBeGreaterThan(0);
          }, SOON);
        }
      });
  });
}

interface Fault {
  title: string;
  /** Those that it fires. */
  alerts: readonly string[];
  mayFollow?: readonly string[];
  /** Resolves to what ends it. */
  start(system: ObservedSystem): Promise<() => Promise<void>>;
}

const brokerIsUnreachable: Fault = {
  title: 'OutboxOld: the broker cannot be reached',
  alerts: ['OutboxOld'],
  start: async ({ links }) => refuse(links.meowToNats),
};

const searchesAreRefused: Fault = {
  title: 'SearchDegraded: Elasticsearch refuses searches',
  alerts: ['SearchDegraded'],
  start: async ({ search }) => disturb(search, { refuse: /_search/ }),
};

const diskIsFull: Fault = {
  title: 'SearchDiskNearlyFull: the disk of Elasticsearch has little space',
  alerts: ['SearchDiskNearlyFull'],
  start: async ({ search }) => disturb(search, { availableBytes: 1e9 }),
};

const clientsSendTooMuch: Fault = {
  title: 'SocketsDropped: clients send too many messages',
  alerts: ['SocketsDropped'],
  async start(system) {
    const misbehaving = new AbortController();
    const running = sendTooMuch(system, misbehaving.signal);
    return () => {
      misbehaving.abort();
      return running;
    };
  },
};

const eventsAreNotIndexed: Fault = {
  title: 'ConsumerLag, StreamNearlyFull: Elasticsearch refuses writes, and events fill the stream',
  alerts: ['ConsumerLag', 'StreamNearlyFull'],
  // An event that is dropped before it is indexed makes the index incomplete, until it is filled again.
  mayFollow: ['SearchDegraded'],
  async start(system) {
    const heal = disturb(system.search, { refuse: /_bulk/ });
    await fillStream(system);
    return heal;
  },
};

const pusherCannotFollow: Fault = {
  title: 'NoReadyReplica: the pusher cannot follow the events',
  alerts: ['NoReadyReplica'],
  start: async ({ links }) => refuse(links.pusherToNats),
};

const databaseIsUnreachable: Fault = {
  title: 'NoReadyReplica, ServerErrors: the database cannot be reached',
  alerts: ['NoReadyReplica', 'ServerErrors'],
  start: async ({ links }) => refuse(links.meowToPostgres),
};

const eventIsUnreadable: Fault = {
  title: 'DeadLetters: an event cannot be read',
  alerts: ['DeadLetters'],
  async start({ natsAddress }) {
    const config = natsConfig(readSettings({ NATS_ADDRESS: natsAddress }, natsSpecs));
    const broker = createNatsBroker({ ...config, maxBytes: 1_048_576 }, { logger: silentLogger });
    await vi.waitFor(() => broker.ping(), SOON);
    await broker.publish(meowCreated.name, [
      { id: 'unreadable', metadata: {}, payload: Buffer.from('meow') },
    ]);
    return async () => {
      for (const { position } of await broker.deadLetters.list()) await broker.deadLetters.drop(position);
      await broker.close();
    };
  },
};

function refuse(link: TcpProxy): () => Promise<void> {
  link.setMode('refuse');
  return async () => link.setMode('forward');
}

function disturb(search: DisturbedHttp, how: Partial<DisturbedHttp>): () => Promise<void> {
  Object.assign(search, how);
  return async () => {
    Object.assign(search, { refuse: undefined, availableBytes: undefined });
  };
}

const PAUSE_MS = 50;

/** A cat that posts, one that reads, one that searches, and one that listens, with interruptions. */
function startLoad({ services }: ObservedSystem): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const repeat = async (act: () => Promise<unknown>) => {
    while (!signal.aborted) {
      // A fault of the test, or its end.
      await act().catch(() => {});
      await sleep(PAUSE_MS, signal);
    }
  };
  const ask = async (url: string, init: RequestInit = {}) => (await fetch(url, { ...init, signal })).text();
  let cursor = '';
  const listen = async () => {
    const url = services.pusher.url.replace('http', 'ws');
    const socket = new WebSocket(`${url}/pusher${cursor}`, { handshakeTimeout: 5000 });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    // It closes too.
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const { seq } = JSON.parse(String(data)) as { seq?: number };
      if (seq !== undefined) cursor = `?cursor=${seq}`;
    });
    await sleep(1000, signal);
    socket.terminate();
    await closed;
  };
  const running = [
    repeat(() => ask(`${services.meow.url}/meows?body=meow`, { method: 'POST' })),
    repeat(() => ask(`${services.query.url}/meows`)),
    repeat(() => ask(`${services.query.url}/search?query=meow`)),
    repeat(listen),
  ];
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** Posts as much as the stream may hold. */
async function fillStream({ services }: ObservedSystem): Promise<void> {
  const url = `${services.meow.url}/meows?body=${'m'.repeat(100)}`;
  const posting = Array.from({ length: 50 }, async () => {
    for (let i = 0; i < 60; i++) await (await fetch(url, { method: 'POST' })).text();
  });
  await Promise.all(posting);
}

async function sendTooMuch({ services }: ObservedSystem, signal: AbortSignal): Promise<void> {
  const url = `${services.pusher.url.replace('http', 'ws')}/pusher`;
  while (!signal.aborted) {
    const closed = Array.from({ length: 20 }, () => {
      const socket = new WebSocket(url);
      socket.on('open', () => {
        for (let i = 0; i < 10; i++) socket.send('meow');
      });
      socket.on('error', () => {});
      return new Promise((resolve) => socket.on('close', resolve));
    });
    await Promise.all(closed);
    await sleep(PAUSE_MS, signal);
  }
}
