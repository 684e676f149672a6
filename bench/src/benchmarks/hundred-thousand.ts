import { readFileSync } from 'node:fs';
import type { Benchmark } from '../benchmark.ts';
import { openEventPublisher } from '../load/event-publisher.ts';
import { openSockets } from '../load/socket-load.ts';
import { alternate } from '../rounds.ts';
import { valueRow } from '../rows.ts';
import { startPusher } from '../servers/start-server.ts';
import { summarize } from '../statistics.ts';

const SOCKETS = 100_000;
const PUSHERS = 6;
const MEOWS = 5;

/** Can one machine hold 100,000 browsers, and how long does a meow take to reach all of them? */
export const hundredThousand: Benchmark = {
  name: 'hundred-thousand',
  needs: ['nats'],
  async run({ fixtures, rounds, nodeArgs, progress }) {
    const round = async () => {
      await using opened = new AsyncDisposableStack();
      const { configs } = opened.use(await fixtures('nats'));
      const pushers = await Promise.all(
        Array.from({ length: PUSHERS }, async () => opened.use(await startPusher(configs, nodeArgs))),
      );
      const ports = pushers.map(({ port }) => port);
      const events = opened.use(await openEventPublisher(configs.nats));
      const bytesBefore = machineBytesInUse();
      const sockets = opened.use(await openSockets(ports, SOCKETS));
      const times: number[] = [];
      for (let i = 0; i < MEOWS; i++)
        times.push(await sockets.receiveMs(1, () => events.publish(pushers, 1)));
      const bytes = await Promise.all(pushers.map((pusher) => pusher.call<number>('bytesInUse')));
      return {
        openSeconds: sockets.openedMs / 1000,
        toAllMs: summarize(times).median,
        // Includes the processes of the load and the kernel's buffers.
        gigabytes: (machineBytesInUse() - bytesBefore) / 1e9,
        pusherGigabytes: bytes.reduce((sum, each) => sum + each) / 1e9,
      };
    };
    const label = `${SOCKETS.toLocaleString('en')} sockets, ${PUSHERS} pushers`;
    const results = await alternate([{ name: 'product', round }], {
      rounds: Math.min(rounds, 2),
      progress,
      label,
    });
    const row = (measure: string, unit: string, metric: string, atMost: number) =>
      valueRow(results, { measure: `${label}: ${measure}`, unit, metric, target: { atMost } });
    return [
      row('opened in', 's', 'openSeconds', 15),
      row('one meow to all', 'ms', 'toAllMs', 500),
      row('memory of all, with clients and kernel', 'GB', 'gigabytes', 2.5),
      row('memory of the pushers', 'GB', 'pusherGigabytes', 2.5),
    ];
  },
};

/** Memory in use on the whole machine. */
function machineBytesInUse(): number {
  const info = readFileSync('/proc/meminfo', 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(info)?.[1]);
  return 1024 * (kilobytes('MemTotal') - kilobytes('MemAvailable'));
}
