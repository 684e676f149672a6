import type { BenchmarkContext } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest, postMeow } from '../load/http-requests.ts';
import { alternate, type Rounds } from '../rounds.ts';
import type { Row } from '../rows.ts';

/** Until V8 has compiled the code, as in a service that has run for a while. */
const WARM_UP_SECONDS = 4;

const loads = [
  { name: 'POST /meows', clients: 8, requests: [postMeow('a cat says hello')] },
  { name: 'POST /meows', clients: 64, requests: [postMeow('a cat says hello')] },
  { name: 'GET /meows', clients: 64, requests: [getRequest('/meows')] },
];

/** The same requests, by turns, to products that differ in one setting. */
export async function compareProducts(
  { rounds, seconds, progress }: BenchmarkContext,
  products: readonly { name: string; port: number }[],
  labelOf: (request: string, clients: number) => string,
  rowsOf: (label: string, results: Rounds) => Row[],
): Promise<Row[]> {
  await using load = await startHttpLoad();
  const rows: Row[] = [];
  for (const { name: request, clients, requests } of loads) {
    const run = (port: number, duration: number) =>
      load.run({ port, connections: clients, seconds: duration, requests, status: 200 });
    progress(`${request}: warm-up`);
    for (const { port } of products) await run(port, WARM_UP_SECONDS);
    const contenders = products.map(({ name, port }) => ({ name, round: () => run(port, seconds) }));
    const label = labelOf(request, clients);
    rows.push(...rowsOf(label, await alternate(contenders, { rounds, progress, label })));
  }
  return rows;
}
