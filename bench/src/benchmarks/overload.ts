import type { Benchmark } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { postMeow } from '../load/http-requests.ts';
import { alternate } from '../rounds.ts';
import { ratioRow, valueRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

const PEAK = 256;
const CROWD = 8000;

/**
 * With far more clients than can be served, how many are still served, and how long does an accepted one
 * wait?
 */
export const overload: Benchmark = {
  name: 'overload',
  async run({ fixtures, rounds, seconds, nodeArgs, progress }) {
    await using dependencies = await fixtures('postgres', 'nats');
    const { configs } = dependencies;
    await using product = await startProduct({ services: ['meow'], configs }, nodeArgs);
    await using load = await startHttpLoad();
    const { port } = product;
    const requests = [postMeow('me too')];
    const post = (connections: number) => ({
      name: `${connections} clients`,
      round: () => load.runWithErrors({ port, connections, seconds, requests, status: 200 }),
    });
    const measure = `POST /meows, ${CROWD.toLocaleString('en')} clients`;
    const results = await alternate([post(CROWD), post(PEAK)], { rounds, progress, label: measure });
    return [
      ratioRow(
        results,
        { measure, unit: 'req/s', metric: 'perSecond', target: { atLeast: 0.8 } },
        { name: `${PEAK} clients`, contender: 1 },
      ),
      valueRow(results, {
        measure: `${measure}: 99 % wait at most`,
        unit: 'ms',
        metric: 'p99',
        target: { atMost: 2000 },
      }),
    ];
  },
};
