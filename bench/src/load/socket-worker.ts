import type { Socket, TcpNetConnectOpts } from 'node:net';
import { handleCommands } from '../worker-process/handle-commands.ts';
import { nowMs } from './clock.ts';
import { createInterruptCoalescer } from './coalesce-interrupts.ts';
import { FrameCounter } from './frame-counter.ts';
import { createWebSocketOpener } from './websocket-handshake.ts';

interface OpenJob {
  /** The sockets connect to these in turn. */
  ports: readonly number[];
  sockets: number;
  /**
   * The local address and the first local port. One address has only 28,000 ports for connections to one
   * server. The ports are chosen here because the kernel's search for a free one among thousands costs more
   * than everything else.
   */
  from?: { address: string; firstPort: number };
}

const CONCURRENT_HANDSHAKES = 200;

// The receiving side of browsers: sockets that count the frames that arrive.
handleCommands<undefined>(async () => {
  const openWebSocket = createWebSocketOpener();
  const coalesce = createInterruptCoalescer();
  const counters: FrameCounter[] = [];
  const sockets: Socket[] = [];
  let expected: { frames: number; incomplete: number; done: PromiseWithResolvers<number> } | undefined;

  const open = async (address: TcpNetConnectOpts) => {
    const counter = new FrameCounter();
    const socket = await openWebSocket(address, (chunk) => {
      coalesce();
      const before = counter.count;
      counter.read(chunk);
      if (!expected || before >= expected.frames || counter.count < expected.frames) return;
      if (--expected.incomplete === 0) expected.done.resolve(nowMs());
    });
    socket.on('close', () => expected?.done.reject(new Error('the server closed a socket')));
    counters.push(counter);
    sockets.push(socket);
  };

  return {
    async open({ ports, sockets: count, from }: OpenJob) {
      let next = 0;
      const openRemaining = async () => {
        for (let i = next++; i < count; i = next++) {
          const port = ports[i % ports.length] as number;
          const openFrom = (localPort?: number) =>
            open({ port, host: '127.0.0.1', localAddress: from?.address, localPort });
          if (!from) await openFrom();
          // A server of this machine may use the port: try another one.
          else await openFrom(from.firstPort + i).catch(() => openFrom(from.firstPort + count + i));
        }
      };
      await Promise.all(Array.from({ length: Math.min(CONCURRENT_HANDSHAKES, count) }, openRemaining));
    },
    /** Starts counting: `received` resolves when each socket has received this many frames. */
    expect(frames: number) {
      for (const counter of counters) counter.count = 0;
      const done = Promise.withResolvers<number>();
      // `received` may not have been called yet.
      done.promise.catch(() => undefined);
      expected = { frames, incomplete: counters.length, done };
    },
    /** When the last socket received its last frame. */
    received: () => expected?.done.promise,
    close() {
      expected = undefined;
      // A reset: after a FIN the kernel would reserve the port for a minute.
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
});
