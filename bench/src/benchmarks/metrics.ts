import type { Benchmark } from '../benchmark.ts';
import { ratioRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';
import { compareProducts } from './compare-products.ts';

const UNMEASURED = 'without metrics';
/** Smaller differences are noise. */
const target = { atLeast: 0.95 };

/** What do metrics cost that are scraped every five seconds? */
export const metrics: Benchmark = {
  name: 'metrics',
  async run(benchmark) {
    await using dependencies = await benchmark.fixtures('postgres', 'nats', 'elasticsearch');
    const { configs } = dependencies;
    const product = (measured: boolean) =>
      startProduct({ services: ['meow', 'query'], configs, measured }, benchmark.nodeArgs);
    await using measured = await product(true);
    await using unmeasured = await product(false);
    return await compareProducts(
      benchmark,
      [
        { name: 'with metrics', port: measured.port },
        { name: UNMEASURED, port: unmeasured.port },
      ],
      (request, clients) => `${request} with metrics, ${clients} clients`,
      (measure, results) => {
        const row = { measure, unit: 'req/s', metric: 'perSecond', target } as const;
        return [ratioRow(results, row, { name: UNMEASURED, contender: 1 })];
      },
    );
  },
};
