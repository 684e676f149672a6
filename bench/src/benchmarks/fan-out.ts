import type { Bench, Question } from '../benchmark.ts';
import type { Place } from '../fixtures/fixtures.ts';
import { openEvents } from '../load/event-publisher.ts';
import { openSockets } from '../load/socket-load.ts';
import { alternate, type Contender } from '../rounds.ts';
import { type Row, ratioRow } from '../rows.ts';
import { type Server, startPusher, startServer } from '../servers/start-server.ts';

const REFERENCE = 'ws send() in a loop';

interface Case {
  what: string;
  count: number;
  frames: number;
  atLeast: number;
  /** Pushers of the product; the reference is one process. */
  pushers: number;
}

const cases: readonly Case[] = [
  { what: 'bursts of 300, 1,000 sockets', count: 1000, frames: 300, atLeast: 5, pushers: 1 },
  { what: 'bursts of 40, 10,000 sockets', count: 10_000, frames: 40, atLeast: 5, pushers: 1 },
  { what: 'one lone meow, 10,000 sockets', count: 10_000, frames: 1, atLeast: 1.3, pushers: 1 },
  {
    what: 'one lone meow, 10,000 sockets, 2 pushers',
    count: 10_000,
    frames: 1,
    atLeast: 1.3,
    pushers: 2,
  },
];

/** How many frames a second reach browsers, in bursts and one by one? */
export const fanOut: Question = {
  name: 'fan-out',
  async ask(bench) {
    const rows: Row[] = [];
    for (const each of cases) rows.push(await measure(bench, each));
    return rows;
  },
};

async function measure(bench: Bench, { what, count, frames, atLeast, pushers }: Case): Promise<Row> {
  const { places, rounds, progress, nodeArgs } = bench;
  await using opened = new AsyncDisposableStack();

  // Each with a stream of its own: the sockets of one get nothing while the other has its turn.
  const contender = async (
    name: string,
    serverCount: number,
    start: (place: Place) => Promise<Server>,
  ): Promise<Contender> => {
    const stream = opened.use((await places.stream()) ?? null);
    const place = { stream: stream?.config };
    const servers = await Promise.all(
      Array.from({ length: serverCount }, async () => opened.use(await start(place))),
    );
    const events = opened.use(await openEvents(stream?.config));
    progress(`${what}: ${name}, opening the sockets`);
    const sockets = opened.use(
      await openSockets(
        servers.map(({ port }) => port),
        count,
      ),
    );
    const publish = () => events.publish(servers, frames);
    return {
      name,
      async round() {
        let [bursts, ms] = [0, 0];
        for (; ms < bench.seconds * 1000; bursts++) ms += await sockets.receiveMs(frames, publish);
        return { perSecond: (1000 * frames * count * bursts) / ms };
      },
    };
  };
  const contenders = [
    await contender('product', pushers, (place) => startPusher(place, nodeArgs)),
    await contender(REFERENCE, 1, (place) => startServer('ws-send-loop', place)),
  ];
  const measured = await alternate(contenders, { rounds, progress, what });
  const row = { question: 'fan-out', measure: what, unit: 'frames/s', of: 'perSecond', reach: { atLeast } };
  return ratioRow(measured, row, { name: REFERENCE, contender: 1 });
}
