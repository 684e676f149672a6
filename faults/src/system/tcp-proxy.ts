import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy between a service and one of its dependencies, whose connections can be disturbed. */
export interface TcpProxy {
  readonly port: number;
  setMode(mode: ProxyMode): void;
  /** Resets all open connections. */
  cut(): void;
  close(): Promise<void>;
}

/**
 * - `forward`: passes bytes both ways.
 * - `refuse`: resets open and new connections.
 * - `hang`: passes nothing and closes nothing, as when packets are lost. Bytes sent meanwhile arrive after
 *   the next `forward`.
 */
export type ProxyMode = 'forward' | 'refuse' | 'hang';

interface Pair {
  near: Socket;
  far: Socket;
}

/** Listens on a free port and connects to `toPort` of this machine. */
export async function createTcpProxy(toPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let mode: ProxyMode = 'forward';

  const server = createServer((near) => {
    if (mode === 'refuse') return near.resetAndDestroy();
    const pair: Pair = { near, far: connect({ host: '127.0.0.1', port: toPort, noDelay: true }) };
    near.setNoDelay(true);
    pairs.add(pair);
    for (const [one, other] of [
      [near, pair.far],
      [pair.far, near],
    ] as const) {
      // The end of one side ends the other. The error concerns the two endpoints, not the proxy.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
    if (mode === 'forward') forward(pair);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });

  const cut = () => {
    for (const { near, far } of pairs) {
      reset(near);
      reset(far);
    }
  };

  return {
    port: (server.address() as AddressInfo).port,
    cut,
    setMode(next) {
      if (next === mode) return;
      const previous = mode;
      mode = next;
      if (next === 'refuse') return cut();
      for (const pair of pairs) {
        if (next === 'hang') hold(pair);
        else if (previous === 'hang') forward(pair);
      }
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

/**
 * Node 24 never closes a handle that is reset while its FIN is being sent; the process then spins instead of
 * exiting.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

function forward({ near, far }: Pair): void {
  near.pipe(far);
  far.pipe(near);
}

function hold({ near, far }: Pair): void {
  near.unpipe(far).pause();
  far.unpipe(near).pause();
}
