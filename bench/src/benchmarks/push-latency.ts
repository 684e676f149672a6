import type { Benchmark } from '../benchmark.ts';
import { alternate, type Measurements } from '../rounds.ts';
import { valueRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';
import { startWorkerProcess } from '../worker-process/start-worker-process.ts';

const SOCKETS = 1000;
const PER_SECOND = 200;

/** How long after its commit does a meow reach the browsers? */
export const pushLatency: Benchmark = {
  name: 'push-latency',
  async run({ fixtures, rounds, seconds, nodeArgs, progress }) {
    await using dependencies = await fixtures('postgres', 'nats');
    const { configs } = dependencies;
    await using product = await startProduct({ services: ['meow', 'pusher'], configs }, nodeArgs);
    const { port } = product;
    const file = new URL('../load/latency-worker.ts', import.meta.url);
    await using worker = await startWorkerProcess(file, { port, sockets: SOCKETS });
    const round = () => worker.call<Measurements>('run', { port, perSecond: PER_SECOND, seconds });
    const label = `commit to frame, ${SOCKETS.toLocaleString('en')} sockets, ${PER_SECOND} posts/s`;
    const results = await alternate([{ name: 'product', round }], { rounds, progress, label });
    const row = (measure: string, metric: string, atMost: number) =>
      valueRow(results, { measure: `${label}: ${measure}`, unit: 'ms', metric, target: { atMost } });
    return [row('half within', 'p50', 5), row('99 % within', 'p99', 25)];
  },
};
