import { startWorkerProcess } from '../worker-process/start-worker-process.ts';
import { nowMs } from './clock.ts';

export interface Sockets extends AsyncDisposable {
  /** How long it took to open them all. */
  openedMs: number;
  /** Calls `publish`; resolves to the time from the call until every socket has received this many frames. */
  receiveMs(frames: number, publish: () => Promise<void>): Promise<number>;
}

/** Below the usual limit of open files. */
const SOCKETS_PER_PROCESS = 19_000;

const FIRST_PORT = 10_000;

/** Opens WebSockets, spread evenly over the ports, in worker processes. */
export async function openSockets(ports: readonly number[], count: number): Promise<Sockets> {
  await using opening = new AsyncDisposableStack();
  const file = new URL('./socket-worker.ts', import.meta.url);
  const processes = Math.ceil(count / SOCKETS_PER_PROCESS);
  const shares = Array.from(
    { length: processes },
    (_, i) => Math.floor(((i + 1) * count) / processes) - Math.floor((i * count) / processes),
  );
  const workers = await Promise.all(
    shares.map(async () => opening.use(await startWorkerProcess(file, undefined))),
  );
  const started = nowMs();
  await Promise.all(
    workers.map((worker, i) => {
      const from = processes === 1 ? undefined : { address: `127.0.0.${i + 1}`, firstPort: FIRST_PORT };
      return worker.call('open', { ports, sockets: shares[i], from });
    }),
  );
  const openedMs = nowMs() - started;
  const opened = opening.move();
  return {
    openedMs,
    async receiveMs(frames, publish) {
      await Promise.all(workers.map((worker) => worker.call('expect', frames)));
      const received = Promise.all(workers.map((worker) => worker.call<number>('received')));
      const publishedAt = nowMs();
      await publish();
      return Math.max(...(await received)) - publishedAt;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
