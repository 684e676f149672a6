import type { Benchmark } from '../benchmark.ts';
import { compareProducts } from './compare-products.ts';

/** What do metrics cost, with the steps for `npm run explain`, that are scraped every five seconds? */
export const metrics: Benchmark = {
  name: 'metrics',
  run: (benchmark) =>
    compareProducts(benchmark, 'without metrics', [
      { name: 'with metrics', options: { measured: true }, isFree: true },
    ]),
};
