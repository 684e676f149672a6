import type { Benchmark } from '../benchmark.ts';
import { openSockets } from '../load/socket-load.ts';
import { alternate } from '../rounds.ts';
import { valueRow } from '../rows.ts';
import { startPusher } from '../servers/start-server.ts';

const SOCKETS = 10_000;

/** How much memory does the pusher use for a browser that only listens? */
export const idleSockets: Benchmark = {
  name: 'idle-sockets',
  async run({ fixtures, rounds, nodeArgs, progress }) {
    const round = async () => {
      await using dependencies = await fixtures('nats');
      await using product = await startPusher(dependencies.configs, nodeArgs);
      {
        // The first sockets make the process allocate memory that does not depend on their number.
        await using _warmUp = await openSockets([product.port], 100);
      }
      const before = await product.call<number>('bytesInUse');
      await using _sockets = await openSockets([product.port], SOCKETS);
      const after = await product.call<number>('bytesInUse');
      return { kilobytes: (after - before) / SOCKETS / 1000 };
    };
    const measure = `memory of an idle socket, of ${SOCKETS.toLocaleString('en')}`;
    const results = await alternate([{ name: 'product', round }], { rounds, progress, label: measure });
    return [valueRow(results, { measure, unit: 'kB', metric: 'kilobytes', target: { atMost: 8 } })];
  },
};
