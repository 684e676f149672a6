import type { Benchmark } from '../benchmark.ts';
import { ratioRow } from '../rows.ts';
import { startProduct, startServer } from '../servers/start-server.ts';
import { compareProducts } from './compare-products.ts';

const UNTRACED = 'without traces';

/** What do traces cost, of all requests and of one in a hundred? Their receiver discards them. */
export const tracing: Benchmark = {
  name: 'tracing',
  async run(benchmark) {
    await using receiver = await startServer('bare-http', '');
    const endpoint = `http://127.0.0.1:${receiver.port}`;
    await using opened = new AsyncDisposableStack();
    // Each on a stream of its own: otherwise the indexer of one handles the events of another.
    const product = async (ratio?: number) => {
      const { configs } = opened.use(await benchmark.fixtures('postgres', 'nats', 'elasticsearch'));
      const traced = ratio && { traced: { endpoint, ratio } };
      return opened.use(
        await startProduct({ services: ['meow', 'query'], configs, ...traced }, benchmark.nodeArgs),
      );
    };
    const untraced = await product();
    const all = await product(1);
    const few = await product(0.01);
    return await compareProducts(
      benchmark,
      [
        { name: 'all traced', port: all.port },
        { name: '1 % traced', port: few.port },
        { name: UNTRACED, port: untraced.port },
      ],
      (request, clients) => `${request}, ${clients} clients`,
      (label, results) => {
        const unit = { unit: 'req/s', metric: 'perSecond' } as const;
        const [, sampled = [], plain = []] = results;
        const row = { ...unit, measure: `${label}, 1 % traced`, target: { atLeast: 0.95 } };
        return [
          ratioRow(results, { ...unit, measure: `${label}, all traced` }, { name: UNTRACED, contender: 2 }),
          ratioRow([sampled, plain], row, { name: UNTRACED, contender: 1 }),
        ];
      },
    );
  },
};
