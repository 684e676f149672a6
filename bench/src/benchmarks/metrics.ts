import type { Benchmark } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest, postMeow } from '../load/http-requests.ts';
import { alternate } from '../rounds.ts';
import { type Row, ratioRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

/** Until V8 has compiled the code, as in a service that has run for a while. */
const WARM_UP_SECONDS = 4;
const UNMEASURED = 'without metrics';
/** Smaller differences are noise. */
const target = { atLeast: 0.95 };

const loads = [
  { name: 'POST /meows', clients: 8, requests: [postMeow('a cat says hello')] },
  { name: 'POST /meows', clients: 64, requests: [postMeow('a cat says hello')] },
  { name: 'GET /meows', clients: 64, requests: [getRequest('/meows')] },
];

/** What do metrics cost that are scraped every five seconds? */
export const metrics: Benchmark = {
  name: 'metrics',
  async run({ fixtures, rounds, seconds, nodeArgs, progress }) {
    await using dependencies = await fixtures('postgres', 'nats', 'elasticsearch');
    const product = (measured: boolean) =>
      startProduct({ services: ['meow', 'query'], configs: dependencies.configs, measured }, nodeArgs);
    await using measured = await product(true);
    await using unmeasured = await product(false);
    await using load = await startHttpLoad();
    const rows: Row[] = [];
    for (const { name, clients, requests } of loads) {
      const run = (port: number, duration: number) =>
        load.run({ port, connections: clients, seconds: duration, requests, status: 200 });
      progress(`${name}: warm-up`);
      for (const { port } of [measured, unmeasured]) await run(port, WARM_UP_SECONDS);
      const contenders = [
        { name: 'with metrics', round: () => run(measured.port, seconds) },
        { name: UNMEASURED, round: () => run(unmeasured.port, seconds) },
      ];
      const measure = `${name} with metrics, ${clients} clients`;
      const results = await alternate(contenders, { rounds, progress, label: measure });
      const row = { measure, unit: 'req/s', metric: 'perSecond', target } as const;
      rows.push(ratioRow(results, row, { name: UNMEASURED, contender: 1 }));
    }
    return rows;
  },
};
