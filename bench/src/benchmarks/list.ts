import type { Benchmark } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest, postMeow } from '../load/http-requests.ts';
import { alternate } from '../rounds.ts';
import { ratioRow, valueRow } from '../rows.ts';
import { startProduct, startServer } from '../servers/start-server.ts';

const CLIENTS = 64;
const MEOWS = 1000;
/** Until V8 has compiled the code, as in a service that has run for a while. */
const WARM_UP_SECONDS = 4;
const BARE = 'bare node:http, same bytes';

/** How many pages of 100 meows are read per second, and how many are answered "not modified"? */
export const list: Benchmark = {
  name: 'list',
  async run({ fixtures, rounds, seconds, nodeArgs, progress }) {
    await using dependencies = await fixtures('postgres', 'nats', 'elasticsearch');
    const { configs } = dependencies;
    await using product = await startProduct({ services: ['meow', 'query'], configs }, nodeArgs);
    await using load = await startHttpLoad();
    const { port } = product;
    const posts = Array.from({ length: MEOWS }, (_, n) => postMeow(`meow number ${n} of a usual length`));
    await load.run({ port, connections: 8, seconds: 0.5, requests: posts, status: 200 });

    const page = await fetch(`http://127.0.0.1:${port}/meows`);
    const etag = page.headers.get('etag') ?? '';
    await using bare = await startServer('bare-http', await page.text());

    const get = (port: number, seconds: number) =>
      load.run({ port, connections: CLIENTS, seconds, requests: [getRequest('/meows')], status: 200 });
    const revalidate = () => {
      const requests = [getRequest('/meows', { 'if-none-match': etag })];
      return load.run({ port, connections: CLIENTS, seconds, requests, status: 304 });
    };
    progress('GET /meows: warm-up');
    for (const server of [product, bare]) await get(server.port, WARM_UP_SECONDS);
    const measure = `GET /meows, 100 rows, ${CLIENTS} clients`;
    const contenders = [
      { name: 'product', round: () => get(port, seconds) },
      { name: BARE, round: () => get(bare.port, seconds) },
      { name: 'product, 304', round: revalidate },
    ];
    const results = await alternate(contenders, { rounds, progress, label: measure });
    const row = { measure, unit: 'req/s', metric: 'perSecond' };
    const [pages = [], , notModified = []] = results;
    return [
      ratioRow(results, { ...row, target: { atLeast: 0.6 } }, { name: BARE, contender: 1 }),
      valueRow(results, { measure: `${measure}: 99 % wait at most`, unit: 'ms', metric: 'p99' }),
      ratioRow(
        [notModified, pages],
        { ...row, measure: 'the same, answered 304', target: { atLeast: 1 } },
        { name: 'answered 200', contender: 1 },
      ),
    ];
  },
};
