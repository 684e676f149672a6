import type { Question } from '../benchmark.ts';
import { alternate, type Measured } from '../rounds.ts';
import { plainRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';
import { startChild } from '../worker-process/start-worker-process.ts';

const SOCKETS = 1000;
const PER_SECOND = 200;

/** How long after its commit does a meow reach the browsers? */
export const pushLatency: Question = {
  name: 'push-latency',
  async ask({ places, rounds, seconds, nodeArgs, progress }) {
    await using opened = new AsyncDisposableStack();
    const database = opened.use((await places.database()) ?? null);
    const stream = opened.use((await places.stream()) ?? null);
    const place = { database: database?.config, stream: stream?.config };
    const { port } = opened.use(await startProduct({ services: ['meow', 'pusher'], place }, nodeArgs));
    const load = opened.use(
      await startChild(new URL('../load/latency-worker.ts', import.meta.url), { port, sockets: SOCKETS }),
    );
    const round = () => load.call<Measured>('run', { port, perSecond: PER_SECOND, seconds });
    const what = `commit to frame, ${SOCKETS.toLocaleString('en')} sockets, ${PER_SECOND} posts/s`;
    const measured = await alternate([{ name: 'product', round }], { rounds, progress, what });
    const row = { question: 'push-latency', unit: 'ms' };
    return [
      plainRow(measured, { ...row, measure: `${what}: half within`, of: 'p50', reach: { atMost: 5 } }),
      plainRow(measured, { ...row, measure: `${what}: 99 % within`, of: 'p99', reach: { atMost: 25 } }),
    ];
  },
};
