import type { BenchmarkContext } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest, postMeow } from '../load/http-requests.ts';
import { alternate, type Measurements } from '../rounds.ts';
import { type Row, ratioRow } from '../rows.ts';
import type { ProductOptions } from '../servers/serve-product.ts';
import { startProduct } from '../servers/start-server.ts';

/** Until V8 has compiled the code, as in a service that has run for a while. */
const WARM_UP_SECONDS = 4;

const loads = [
  { name: 'POST /meows', clients: 8, requests: [postMeow('a cat says hello')] },
  { name: 'POST /meows', clients: 64, requests: [postMeow('a cat says hello')] },
  { name: 'GET /meows', clients: 64, requests: [getRequest('/meows')] },
];

/** A product with a setting that costs time. */
interface Variant {
  name: string;
  options: Partial<ProductOptions>;
  /** Whether its cost should be noise: two plain products differ in a round as much. */
  isFree: boolean;
}

/**
 * The same requests, by turns, to two plain products and to those with a setting. How much the two plain ones differ in
 * the same rounds is the noise.
 */
export async function compareProducts(
  benchmark: BenchmarkContext,
  plain: string,
  variants: readonly Variant[],
): Promise<Row[]> {
  const { rounds, seconds, progress, nodeArgs } = benchmark;
  await using opened = new AsyncDisposableStack();
  const open = async (name: string, options: Partial<ProductOptions> = {}) => {
    // Each on a stream of its own: otherwise the indexer of one handles the events of another.
    const { configs } = opened.use(await benchmark.fixtures('postgres', 'nats', 'elasticsearch'));
    const { port } = opened.use(
      await startProduct({ services: ['meow', 'query'], configs, ...options }, nodeArgs),
    );
    return { name, port };
  };
  const products = [await open(plain), await open(`${plain}, again`)];
  for (const { name, options } of variants) products.push(await open(name, options));
  const load = opened.use(await startHttpLoad());
  const rows: Row[] = [];
  for (const { name, clients, requests } of loads) {
    const run = (port: number, duration: number) =>
      load.run({ port, connections: clients, seconds: duration, requests, status: 200 });
    const label = `${name}, ${clients} clients`;
    progress(`${label}: warm-up`);
    for (const { port } of products) await run(port, WARM_UP_SECONDS);
    const contenders = products.map(({ name, port }) => ({ name, round: () => run(port, seconds) }));
    const [reference = [], again = [], ...measured] = await alternate(contenders, {
      rounds,
      progress,
      label,
    });
    const compare = (own: readonly Measurements[], measure: string, target?: { atLeast: number }) =>
      ratioRow(
        [own, reference],
        { measure: `${label}, ${measure}`, unit: 'req/s', metric: 'perSecond', ...(target && { target }) },
        { name: plain, contender: 1 },
      );
    const noise = compare(again, `another ${plain}`);
    rows.push(noise);
    const { min = 1, max = 1 } = noise.reference?.ratio ?? {};
    // Which of the two is the reference is arbitrary.
    const target = { atLeast: Number(Math.min(min, 1 / max).toFixed(3)) };
    variants.forEach(({ name, isFree }, i) => {
      rows.push(compare(measured[i] ?? [], name, isFree ? target : undefined));
    });
  }
  return rows;
}
