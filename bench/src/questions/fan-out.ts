import { openEvents } from '../load/events.ts';
import { openSockets } from '../load/sockets.ts';
import type { Place } from '../places/places.ts';
import type { Bench, Question } from '../question.ts';
import { alternate, type Contender } from '../rounds.ts';
import { type Row, ratioRow } from '../rows.ts';
import { type Server, startProduct, startServer } from '../servers/start.ts';

const REFERENCE = 'ws send() in a loop';

/** How many frames a second reach browsers, in bursts and one by one? */
export const fanOut: Question = {
  name: 'fan-out',
  async ask(bench) {
    const rows: Row[] = [];
    rows.push(await measure(bench, 'bursts of 300, 1,000 sockets', 1000, 300, 5));
    rows.push(await measure(bench, 'bursts of 40, 10,000 sockets', 10_000, 40, 5));
    rows.push(await measure(bench, 'one lone meow, 10,000 sockets', 10_000, 1, 1.3));
    return rows;
  },
};

async function measure(
  bench: Bench,
  what: string,
  count: number,
  frames: number,
  atLeast: number,
): Promise<Row> {
  const { places, rounds, progress, nodeArgs } = bench;
  await using opened = new AsyncDisposableStack();

  // Each with a stream of its own: the sockets of one get nothing while the other has its turn.
  const contender = async (name: string, start: (place: Place) => Promise<Server>): Promise<Contender> => {
    const stream = opened.use((await places.stream()) ?? null);
    const server = opened.use(await start({ stream: stream?.config }));
    const events = opened.use(await openEvents(stream?.config));
    progress(`${what}: ${name}, opening the sockets`);
    const sockets = opened.use(await openSockets(server.port, count));
    const publish = () => events.publish(server, frames);
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
    await contender('product', (place) => startProduct({ services: ['pusher'], place }, nodeArgs)),
    await contender(REFERENCE, (place) => startServer('send-loop', place)),
  ];
  const measured = await alternate(contenders, { rounds, progress, what });
  const row = { question: 'fan-out', measure: what, unit: 'frames/s', of: 'perSecond', reach: { atLeast } };
  return ratioRow(measured, row, { name: REFERENCE, contender: 1 });
}
