import type { Benchmark, BenchmarkContext } from '../benchmark.ts';
import type { DependencyConfigs } from '../fixtures/fixtures.ts';
import { openEventPublisher } from '../load/event-publisher.ts';
import { openSockets } from '../load/socket-load.ts';
import { alternate, type Contender } from '../rounds.ts';
import { type Row, ratioRow } from '../rows.ts';
import { type Server, startPusher, startServer } from '../servers/start-server.ts';

const REFERENCE = 'ws send() in a loop';

interface Case {
  measure: string;
  sockets: number;
  /** Meows published together, and so frames for each socket. */
  frames: number;
  /** Processes of the product; the reference has one. */
  pushers: number;
  atLeast: number;
}

const cases: readonly Case[] = [
  { measure: 'bursts of 300, 1,000 sockets', sockets: 1000, frames: 300, pushers: 1, atLeast: 5 },
  { measure: 'bursts of 40, 10,000 sockets', sockets: 10_000, frames: 40, pushers: 1, atLeast: 5 },
  { measure: 'a single meow, 10,000 sockets', sockets: 10_000, frames: 1, pushers: 1, atLeast: 1.3 },
  {
    measure: 'a single meow, 10,000 sockets, 2 pushers',
    sockets: 10_000,
    frames: 1,
    pushers: 2,
    atLeast: 1.3,
  },
];

/** How many frames per second reach browsers, in bursts and one at a time? */
export const fanOut: Benchmark = {
  name: 'fan-out',
  async run(context) {
    const rows: Row[] = [];
    for (const each of cases) rows.push(await measureCase(context, each));
    return rows;
  },
};

async function measureCase(context: BenchmarkContext, options: Case): Promise<Row> {
  const { fixtures, rounds, seconds, progress, nodeArgs } = context;
  const { measure, sockets: count, frames, pushers, atLeast } = options;
  await using opened = new AsyncDisposableStack();

  // Each contender has its own stream: its sockets receive nothing during the rounds of the other.
  const createContender = async (
    name: string,
    processes: number,
    start: (configs: DependencyConfigs) => Promise<Server>,
  ): Promise<Contender> => {
    const { configs } = opened.use(await fixtures('nats'));
    const servers = await Promise.all(
      Array.from({ length: processes }, async () => opened.use(await start(configs))),
    );
    const ports = servers.map(({ port }) => port);
    const events = opened.use(await openEventPublisher(configs.nats));
    progress(`${measure}: ${name}, opening the sockets`);
    const sockets = opened.use(await openSockets(ports, count));
    const publish = () => events.publish(servers, frames);
    return {
      name,
      async round() {
        let [bursts, ms] = [0, 0];
        for (; ms < seconds * 1000; bursts++) ms += await sockets.receiveMs(frames, publish);
        return { perSecond: (1000 * frames * count * bursts) / ms };
      },
    };
  };
  const contenders = [
    await createContender('product', pushers, (configs) => startPusher(configs, nodeArgs)),
    await createContender(REFERENCE, 1, (configs) => startServer('ws-send-loop', configs)),
  ];
  const results = await alternate(contenders, { rounds, progress, label: measure });
  const row = { measure, unit: 'frames/s', metric: 'perSecond', target: { atLeast } };
  return ratioRow(results, row, { name: REFERENCE, contender: 1 });
}
