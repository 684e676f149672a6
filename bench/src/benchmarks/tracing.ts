import type { Benchmark } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest, postMeow } from '../load/http-requests.ts';
import { alternate } from '../rounds.ts';
import { type Row, ratioRow } from '../rows.ts';
import { startProduct, startServer } from '../servers/start-server.ts';

/** Until V8 has compiled the code, as in a service that has run for a while. */
const WARM_UP_SECONDS = 4;
const UNTRACED = 'without traces';

const loads = [
  { name: 'POST /meows', clients: 8, requests: [postMeow('a cat says hello')] },
  { name: 'POST /meows', clients: 64, requests: [postMeow('a cat says hello')] },
  { name: 'GET /meows', clients: 64, requests: [getRequest('/meows')] },
];

/** What do traces cost, of all requests and of one in a hundred? Their receiver discards them. */
export const tracing: Benchmark = {
  name: 'tracing',
  async run({ fixtures, rounds, seconds, nodeArgs, progress }) {
    await using receiver = await startServer('bare-http', '');
    const endpoint = `http://127.0.0.1:${receiver.port}`;
    await using opened = new AsyncDisposableStack();
    // Each on a stream of its own: otherwise the indexer of one handles the events of another.
    const product = async (ratio?: number) => {
      const { configs } = opened.use(await fixtures('postgres', 'nats', 'elasticsearch'));
      const traced = ratio && { traced: { endpoint, ratio } };
      return opened.use(await startProduct({ services: ['meow', 'query'], configs, ...traced }, nodeArgs));
    };
    const untraced = await product();
    const all = await product(1);
    const few = await product(0.01);
    await using load = await startHttpLoad();
    const rows: Row[] = [];
    for (const { name, clients, requests } of loads) {
      const run = (port: number, duration: number) =>
        load.run({ port, connections: clients, seconds: duration, requests, status: 200 });
      progress(`${name}: warm-up`);
      for (const { port } of [all, few, untraced]) await run(port, WARM_UP_SECONDS);
      const contenders = [
        { name: 'all traced', round: () => run(all.port, seconds) },
        { name: '1 % traced', round: () => run(few.port, seconds) },
        { name: UNTRACED, round: () => run(untraced.port, seconds) },
      ];
      const label = `${name}, ${clients} clients`;
      const results = await alternate(contenders, { rounds, progress, label });
      const reference = { name: UNTRACED, contender: 2 };
      const unit = { unit: 'req/s', metric: 'perSecond' } as const;
      rows.push(ratioRow(results, { ...unit, measure: `${label}, all traced` }, reference));
      const [, sampled = [], plain = []] = results;
      const target = { atLeast: 0.95 };
      const row = { ...unit, measure: `${label}, 1 % traced`, target };
      rows.push(ratioRow([sampled, plain], row, { name: UNTRACED, contender: 1 }));
    }
    return rows;
  },
};
