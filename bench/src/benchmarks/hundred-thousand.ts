import { readFileSync } from 'node:fs';
import type { Question } from '../benchmark.ts';
import { openEvents } from '../load/event-publisher.ts';
import { openSockets } from '../load/socket-load.ts';
import { alternate } from '../rounds.ts';
import { plainRow } from '../rows.ts';
import { startPusher } from '../servers/start-server.ts';
import { figure } from '../statistics.ts';

const SOCKETS = 100_000;
const PUSHERS = 6;
const MEOWS = 5;

/** Can one machine hold 100,000 browsers, and how long does a meow take to all of them? */
export const hundredThousand: Question = {
  name: 'hundred-thousand',
  needs: ['nats'],
  async ask({ places, rounds, nodeArgs, progress }) {
    const round = async () => {
      await using opened = new AsyncDisposableStack();
      const stream = opened.use((await places.stream()) ?? null);
      const place = { stream: stream?.config };
      const pushers = await Promise.all(
        Array.from({ length: PUSHERS }, async () => opened.use(await startPusher(place, nodeArgs))),
      );
      const ports = pushers.map(({ port }) => port);
      const events = opened.use(await openEvents(stream?.config));
      const before = memoryInUse();
      const sockets = opened.use(await openSockets(ports, SOCKETS));
      const times: number[] = [];
      for (let i = 0; i < MEOWS; i++)
        times.push(await sockets.receiveMs(1, () => events.publish(pushers, 1)));
      const bytes = await Promise.all(pushers.map((pusher) => pusher.call<number>('bytesInUse')));
      return {
        openSeconds: sockets.openedMs / 1000,
        toAllMs: figure(times).median,
        // The load's processes and the kernel's buffers are part of it.
        gigabytes: (memoryInUse() - before) / 1e9,
        pushers: bytes.reduce((sum, each) => sum + each) / 1e9,
      };
    };
    const what = `${SOCKETS.toLocaleString('en')} sockets, ${PUSHERS} pushers`;
    const measured = await alternate([{ name: 'product', round }], {
      rounds: Math.min(rounds, 2),
      progress,
      what,
    });
    const row = (measure: string, unit: string, of: string, atMost: number) =>
      plainRow(measured, {
        question: 'hundred-thousand',
        measure: `${what}: ${measure}`,
        unit,
        of,
        reach: { atMost },
      });
    return [
      row('opened in', 's', 'openSeconds', 15),
      row('one meow to all', 'ms', 'toAllMs', 500),
      row('memory of all, with clients and kernel', 'GB', 'gigabytes', 2.5),
      row('memory of the pushers', 'GB', 'pushers', 2.5),
    ];
  },
};

/** Of the whole machine. */
function memoryInUse(): number {
  const info = readFileSync('/proc/meminfo', 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(info)?.[1]);
  return 1024 * (kilobytes('MemTotal') - kilobytes('MemAvailable'));
}
