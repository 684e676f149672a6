import type { Question } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest, postMeow } from '../load/http-requests.ts';
import { alternate } from '../rounds.ts';
import { plainRow, ratioRow } from '../rows.ts';
import { startProduct, startServer } from '../servers/start-server.ts';

const CLIENTS = 64;
const MEOWS = 1000;
/** Until the code is compiled as in a service that has run for a while. */
const WARM_UP_SECONDS = 4;

/** How many pages of 100 meows a second are read, and how many are answered "not modified"? */
export const list: Question = {
  name: 'list',
  async ask({ places, rounds, seconds, nodeArgs, progress }) {
    await using database = await places.database();
    await using stream = await places.stream();
    await using index = await places.index();
    const place = { database: database?.config, stream: stream?.config, index: index?.config };
    await using product = await startProduct({ services: ['meow', 'query'], place }, nodeArgs);
    await using load = await startHttpLoad();
    const { port } = product;
    const posts = Array.from({ length: MEOWS }, (_, n) => postMeow(`meow number ${n} of a usual length`));
    await load.run({ port, connections: 8, seconds: 0.5, requests: posts, status: 200 });

    const page = await fetch(`http://127.0.0.1:${port}/meows`);
    const etag = page.headers.get('etag');
    await using bare = await startServer('bare-http', await page.text());

    const get =
      (toPort: number, status: number, headers: Record<string, string> = {}, forSeconds = seconds) =>
      () =>
        load.run({
          port: toPort,
          connections: CLIENTS,
          seconds: forSeconds,
          requests: [getRequest('/meows', headers)],
          status,
        });
    progress('GET /meows: warming up');
    for (const round of [get(port, 200, {}, WARM_UP_SECONDS), get(bare.port, 200, {}, WARM_UP_SECONDS)])
      await round();
    const what = `GET /meows, 100 rows, ${CLIENTS} clients`;
    const contenders = [
      { name: 'product', round: get(port, 200) },
      { name: 'bare node:http, same bytes', round: get(bare.port, 200) },
      { name: 'product, 304', round: get(port, 304, { 'if-none-match': etag ?? '' }) },
    ];
    const measured = await alternate(contenders, { rounds, progress, what });
    const row = { question: 'list', measure: what, unit: 'req/s', of: 'perSecond' };
    const [pages = [], bytes = [], unchanged = []] = measured;
    return [
      ratioRow(
        measured,
        { ...row, reach: { atLeast: 0.6 } },
        { name: 'bare node:http, same bytes', contender: 1 },
      ),
      plainRow(measured, { ...row, measure: `${what}: 99 % wait at most`, unit: 'ms', of: 'p99' }),
      ratioRow(
        [unchanged, pages, bytes],
        { ...row, measure: 'the same, answered 304', reach: { atLeast: 1 } },
        { name: 'answered 200', contender: 1 },
      ),
    ];
  },
};
