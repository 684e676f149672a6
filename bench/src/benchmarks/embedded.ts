import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import type { Meow } from '@meower/shared/schema/meow.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import { typingErrors } from '@meower/shared/search/analysis/spelling.ts';
import { createInMemorySearchRepository } from '@meower/shared/search/in-memory.ts';
import MiniSearch from 'minisearch';
import type { Question } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest, postMeow } from '../load/http-requests.ts';
import { SOME_WORDS, someMeows } from '../load/sample-meows.ts';
import { alternate, type Measured } from '../rounds.ts';
import { type Row, ratioRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

const CLIENTS = 16;
const MEOWS = 1000;

/** How fast is `npm start`, beside its database and its index called directly in one process? */
export const embedded: Question = {
  name: 'embedded',
  async ask({ rounds, seconds, nodeArgs, progress }) {
    await using opened = new AsyncDisposableStack();
    const product = opened.use(
      await startProduct({ services: ['meow', 'query', 'pusher'], place: {} }, nodeArgs),
    );
    const load = opened.use(await startHttpLoad());
    const folder = await mkdtemp(join(tmpdir(), 'meower-bench-'));
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    const repository = await createPgliteRepository(folder);
    opened.defer(() => repository.close());
    await repository.migrate();
    const meows = [...someMeows(MEOWS)];
    await repository.insertMeows(meows.map((meow) => ({ meow, headers: {} })));
    const index = createInMemorySearchRepository();
    opened.defer(() => index.close());
    await index.insertMeows(meows);
    const library = new MiniSearch<Meow>({ fields: ['body'], storeFields: ['id', 'body', 'createdAt'] });
    library.addAll(meows);
    const posts = meows.map(({ body }) => postMeow(body));
    // The same meows as those called directly have, and no more: so posting, which adds to them, is asked last.
    for (const { body } of meows) {
      await fetch(`http://127.0.0.1:${product.port}/meows?${new URLSearchParams({ body })}`, {
        method: 'POST',
      });
    }

    const ask = async (
      what: string,
      requests: string[],
      direct: Record<string, () => unknown>,
    ): Promise<Row[]> => {
      const round = () =>
        load.run({ port: product.port, connections: CLIENTS, seconds, requests, status: 200 });
      const references = Object.entries(direct).map(([name, call]) => ({
        name,
        round: () => callDirectly(call, seconds),
      }));
      const contenders = [{ name: 'product', round }, ...references];
      const measured = await alternate(contenders, { rounds, progress, what });
      const row = {
        question: 'embedded',
        measure: what,
        unit: 'req/s',
        of: 'perSecond',
        reach: { atLeast: 0.5 },
      };
      return references.map(({ name }, i) => ratioRow(measured, row, { name, contender: i + 1 }));
    };
    const newMeowId = createIdGenerator();
    let n = 0;
    const word = () => SOME_WORDS[n++ % SOME_WORDS.length] as string;
    const searches = SOME_WORDS.map((each) => getRequest(`/search?query=${each}`));
    return [
      ...(await ask(`embedded: GET, ${CLIENTS} clients`, [getRequest('/meows')], {
        'called directly': () => repository.listMeows(0, 100),
      })),
      ...(await ask(`embedded: search, ${CLIENTS} clients`, searches, {
        'called directly': () => index.searchMeows(word(), 0, 100),
        "MiniSearch's own search": () => library.search(word(), { fuzzy: typingErrors }).slice(0, 100),
      })),
      ...(await ask(`embedded: POST, ${CLIENTS} clients`, posts, {
        'called directly': () => repository.insertMeow({ ...newMeowId(), body: 'a cat says hello' }),
      })),
    ];
  },
};

async function callDirectly(call: () => unknown, seconds: number): Promise<Measured> {
  const started = performance.now();
  let calls = 0;
  while (performance.now() - started < seconds * 1000) {
    await call();
    calls++;
  }
  return { perSecond: (1000 * calls) / (performance.now() - started) };
}
