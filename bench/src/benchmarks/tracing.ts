import type { Benchmark } from '../benchmark.ts';
import { startServer } from '../servers/start-server.ts';
import { compareProducts } from './compare-products.ts';

/** What do traces cost, of all requests, of one in a hundred, and of none? Their receiver discards them. */
export const tracing: Benchmark = {
  name: 'tracing',
  async run(benchmark) {
    await using receiver = await startServer('bare-http', '');
    const endpoint = `http://127.0.0.1:${receiver.port}`;
    const traced = (ratio: number) => ({ traced: { endpoint, ratio } });
    return await compareProducts(benchmark, 'without traces', [
      { name: 'all traced', options: traced(1), isFree: false },
      { name: '1 % traced', options: traced(0.01), isFree: true },
      { name: 'none traced', options: traced(0), isFree: true },
    ]);
  },
};
