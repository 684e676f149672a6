import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A connection that can be disturbed, between a service and a part. `pass` forwards; `refuse` ends what is there and whatever comes; `hang` forwards
 * nothing and ends nothing, as when packets are lost: what was sent meanwhile arrives when it passes again.
 */
export interface Wire {
  readonly port: number;
  set(mode: WireMode): void;
  /** Ends all connections that are there. */
  cut(): void;
  close(): Promise<void>;
}

export type WireMode = 'pass' | 'refuse' | 'hang';

interface Pair {
  near: Socket;
  far: Socket;
}

export async function createWire(toPort: number): Promise<Wire> {
  const pairs = new Set<Pair>();
  let mode: WireMode = 'pass';

  const server = createServer((near) => {
    if (mode === 'refuse') return near.resetAndDestroy();
    const pair: Pair = { near, far: connect({ host: '127.0.0.1', port: toPort, noDelay: true }) };
    near.setNoDelay(true);
    pairs.add(pair);
    for (const [one, other] of [
      [near, pair.far],
      [pair.far, near],
    ] as const) {
      // Whatever ends one side ends the other; the error itself is for the two that talk, not for the wire between them.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
    if (mode === 'pass') forward(pair);
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
    set(next) {
      if (next === mode) return;
      const before = mode;
      mode = next;
      if (next === 'refuse') return cut();
      for (const pair of pairs) {
        if (next === 'hang') hold(pair);
        else if (before === 'hang') forward(pair);
      }
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

/** Node 24 never closes a handle that is reset while its end is being sent; the process then spins when it should exit. */
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
