import type { Question } from '../benchmark.ts';
import { openSockets } from '../load/socket-load.ts';
import { alternate } from '../rounds.ts';
import { plainRow } from '../rows.ts';
import { startPusher } from '../servers/start-server.ts';

const SOCKETS = 10_000;

/** How much memory does the pusher hold for a browser that only listens? */
export const idleSockets: Question = {
  name: 'idle-sockets',
  async ask({ places, rounds, nodeArgs, progress }) {
    const round = async () => {
      await using stream = await places.stream();
      await using product = await startPusher({ stream: stream?.config }, nodeArgs);
      {
        // What the process needs for its first sockets, whatever their number, is not what one socket costs.
        await using _warmUp = await openSockets([product.port], 100);
      }
      const before = await product.call<number>('bytesInUse');
      await using _sockets = await openSockets([product.port], SOCKETS);
      const after = await product.call<number>('bytesInUse');
      return { kilobytes: (after - before) / SOCKETS / 1000 };
    };
    const what = `memory of an idle socket, of ${SOCKETS.toLocaleString('en')}`;
    const measured = await alternate([{ name: 'product', round }], { rounds, progress, what });
    return [
      plainRow(measured, {
        question: 'idle-sockets',
        measure: what,
        unit: 'kB',
        of: 'kilobytes',
        reach: { atMost: 8 },
      }),
    ];
  },
};
