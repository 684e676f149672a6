import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMeowerClient } from '@meower/client/http-client.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { typingErrors } from '@meower/shared/search/analysis/spelling.ts';
import { createInMemorySearchRepository } from '@meower/shared/search/in-memory.ts';
import MiniSearch from 'minisearch';
import type { Benchmark } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest, postMeow } from '../load/http-requests.ts';
import { sampleMeows, VOCABULARY } from '../load/sample-meows.ts';
import { alternate, type Measurements } from '../rounds.ts';
import { type Row, ratioRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

const CLIENTS = 16;
const MEOWS = 1000;

/** How fast is `npm start`, compared with direct calls to its database and index in one process? */
export const embedded: Benchmark = {
  name: 'embedded',
  async run({ rounds, seconds, nodeArgs, progress }) {
    await using opened = new AsyncDisposableStack();
    const product = opened.use(
      await startProduct({ services: ['meow', 'query', 'pusher'], configs: {} }, nodeArgs),
    );
    const load = opened.use(await startHttpLoad());
    const folder = await mkdtemp(join(tmpdir(), 'meower-bench-'));
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    const repository = await createPgliteRepository(folder);
    opened.defer(() => repository.close());
    await repository.migrate();
    const meows = [...sampleMeows(MEOWS)];
    await repository.insertMeows(meows.map((meow) => ({ meow, headers: {} })));
    const index = createInMemorySearchRepository();
    opened.defer(() => index.close());
    await index.insertMeows(meows);
    const library = new MiniSearch<Meow>({ fields: ['body'], storeFields: ['id', 'body', 'createdAt'] });
    library.addAll(meows);
    const posts = meows.map(({ body }) => postMeow(body));
    // Product and references hold the same meows, so posts, which add more, are measured last.
    const meower = createMeowerClient(`http://127.0.0.1:${product.port}`);
    for (const { body } of meows) await meower.createMeow(body);

    const measureAgainst = async (
      measure: string,
      requests: string[],
      calls: Record<string, () => unknown>,
    ): Promise<Row[]> => {
      const round = () =>
        load.run({ port: product.port, connections: CLIENTS, seconds, requests, status: 200 });
      const references = Object.entries(calls).map(([name, call]) => ({
        name,
        round: () => callRepeatedly(call, seconds),
      }));
      const contenders = [{ name: 'product', round }, ...references];
      const results = await alternate(contenders, { rounds, progress, label: measure });
      const row = { measure, unit: 'req/s', metric: 'perSecond', target: { atLeast: 0.5 } };
      return references.map(({ name }, i) => ratioRow(results, row, { name, contender: i + 1 }));
    };
    const newMeowId = createIdGenerator();
    let n = 0;
    const nextWord = () => VOCABULARY[n++ % VOCABULARY.length] as string;
    const searches = VOCABULARY.map((word) => getRequest(`/search?query=${word}`));
    return [
      ...(await measureAgainst(`embedded: GET, ${CLIENTS} clients`, [getRequest('/meows')], {
        'called directly': () => repository.listMeows(0, 100),
      })),
      ...(await measureAgainst(`embedded: search, ${CLIENTS} clients`, searches, {
        'called directly': () => index.searchMeows(nextWord(), 0, 100),
        "MiniSearch's own search": () => library.search(nextWord(), { fuzzy: typingErrors }).slice(0, 100),
      })),
      ...(await measureAgainst(`embedded: POST, ${CLIENTS} clients`, posts, {
        'called directly': () => repository.insertMeow({ ...newMeowId(), body: 'a cat says hello' }),
      })),
    ];
  },
};

async function callRepeatedly(call: () => unknown, seconds: number): Promise<Measurements> {
  const started = performance.now();
  let calls = 0;
  while (performance.now() - started < seconds * 1000) {
    await call();
    calls++;
  }
  return { perSecond: (1000 * calls) / (performance.now() - started) };
}
