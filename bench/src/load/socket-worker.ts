import type { Socket, TcpNetConnectOpts } from 'node:net';
import { nowMs } from '../statistics.ts';
import { runCommands } from '../worker-process/serve-commands.ts';
import { createGulps } from './coalesce-interrupts.ts';
import { FrameCounter } from './frame-counter.ts';
import { createHandshakes } from './websocket-handshake.ts';

export interface OpenJob {
  /** The sockets go to these in turn. */
  ports: readonly number[];
  sockets: number;
  /**
   * Address of this machine to come from, for one has 28,000 ports only for connections to one server. Ports are then counted up: to let the system
   * search for one among thousands costs more than all the rest.
   */
  from?: { address: string; firstPort: number };
}

/** Handshakes under way at once. */
const OPENING = 200;

/** Browsers, as far as they receive: sockets that count the frames that come. */
runCommands<undefined>(async () => {
  const shakeHands = createHandshakes();
  const rest = createGulps();
  const counters: FrameCounter[] = [];
  const sockets: Socket[] = [];
  let expecting: { frames: number; missing: number; done: PromiseWithResolvers<number> } | undefined;

  const open = async (address: TcpNetConnectOpts) => {
    const counter = new FrameCounter();
    const socket = await shakeHands(address, (chunk) => {
      rest();
      const before = counter.count;
      counter.read(chunk);
      if (!expecting || before >= expecting.frames || counter.count < expecting.frames) return;
      if (--expecting.missing === 0) expecting.done.resolve(nowMs());
    });
    socket.on('close', () => expecting?.done.reject(new Error('the server has closed a socket')));
    counters.push(counter);
    sockets.push(socket);
  };

  return {
    async open({ ports, sockets: count, from }: OpenJob) {
      let next = 0;
      const openSome = async () => {
        for (let i = next++; i < count; i = next++) {
          const port = ports[i % ports.length] as number;
          // A port may be taken by a server of this machine; then it is another one.
          const openFrom = (localPort?: number) =>
            open({ port, host: '127.0.0.1', localAddress: from?.address, localPort });
          if (!from) await openFrom();
          else await openFrom(from.firstPort + i).catch(() => openFrom(from.firstPort + count + i));
        }
      };
      await Promise.all(Array.from({ length: Math.min(OPENING, count) }, openSome));
    },
    /** From now on each socket shall receive so many frames; `received` resolves when all have. */
    expect(frames: number) {
      for (const listener of counters) listener.count = 0;
      const done = Promise.withResolvers<number>();
      done.promise.catch(() => undefined);
      expecting = { frames, missing: counters.length, done };
    },
    /** The moment when the last socket had them all. */
    received: () => expecting?.done.promise,
    close() {
      expecting = undefined;
      // Without a farewell, after which the system would keep the port for a minute.
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
});
