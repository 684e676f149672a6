import { nowMs } from '../statistics.ts';
import { startChild } from '../worker-process/start-worker-process.ts';

export interface Sockets extends AsyncDisposable {
  /** How long it took to open them all. */
  openedMs: number;
  /** Calls `publish`; resolves, when every socket has received so many frames, to the time since the call. */
  receiveMs(frames: number, publish: () => Promise<void>): Promise<number>;
}

/** Most sockets of one process: below the usual limit of open files. */
const PER_PROCESS = 19_000;

const FIRST_PORT = 10_000;

/** Opens WebSockets, spread evenly over the ports, from processes of their own. */
export async function openSockets(ports: readonly number[], count: number): Promise<Sockets> {
  await using opening = new AsyncDisposableStack();
  const file = new URL('./socket-worker.ts', import.meta.url);
  const processes = Math.ceil(count / PER_PROCESS);
  const shares = Array.from(
    { length: processes },
    (_, i) => Math.floor(((i + 1) * count) / processes) - Math.floor((i * count) / processes),
  );
  const children = await Promise.all(shares.map(async () => opening.use(await startChild(file, undefined))));
  const started = nowMs();
  await Promise.all(
    children.map((child, i) => {
      const from = processes === 1 ? undefined : { address: `127.0.0.${i + 1}`, firstPort: FIRST_PORT };
      return child.call('open', { ports, sockets: shares[i], from });
    }),
  );
  const openedMs = nowMs() - started;
  const opened = opening.move();
  return {
    openedMs,
    async receiveMs(frames, publish) {
      await Promise.all(children.map((child) => child.call('expect', frames)));
      const received = Promise.all(children.map((child) => child.call<number>('received')));
      const publishedAt = nowMs();
      await publish();
      return Math.max(...(await received)) - publishedAt;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
