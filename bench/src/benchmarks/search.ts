import { Client } from '@elastic/elasticsearch';
import { bestThenNewest, wordsQuery } from '@meower/shared/search/elastic/query.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import type { Question } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest, postJson } from '../load/http-requests.ts';
import { indexMeows, SOME_WORDS } from '../load/sample-meows.ts';
import { alternate } from '../rounds.ts';
import { ratioRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

const CLIENTS = 8;

/** What does the query service add to a search, beside the same query sent straight to Elasticsearch? */
export const search: Question = {
  name: 'search',
  needs: ['elasticsearch'],
  async ask({ places, rounds, seconds, rows, nodeArgs, progress }) {
    await using opened = new AsyncDisposableStack();
    const index = opened.use((await places.index()) ?? null);
    const database = opened.use((await places.database()) ?? null);
    const stream = opened.use((await places.stream()) ?? null);
    if (!index) throw new Error('no index');
    const repository = createElasticRepository(index.config, { logger: silentLogger });
    opened.defer(() => repository.close());
    await (await repository.prepare()).setComplete(true);
    await indexMeows(repository, rows, progress);
    const client = new Client({ node: index.config.node });
    opened.defer(() => client.close());
    await client.indices.forcemerge(
      { index: index.config.alias, max_num_segments: 1 },
      { requestTimeout: 600_000 },
    );

    const place = { database: database?.config, stream: stream?.config, index: index.config };
    const { port } = opened.use(await startProduct({ services: ['query'], place }, nodeArgs));
    const load = opened.use(await startHttpLoad());
    // Other words each time, as people search: neither side may answer from what it has just found.
    const words = SOME_WORDS.flatMap((a) => SOME_WORDS.map((b) => [a, b]));
    const ours = words.map((pair) => getRequest(`/search?query=${pair.join('+')}`));
    const straight = words.map((pair) =>
      postJson(`/${index.config.alias}/_search`, {
        query: wordsQuery(pair),
        sort: bestThenNewest,
        size: 100,
        _source: ['id', 'body', 'created_at'],
        track_total_hits: false,
      }),
    );
    const round = (to: number, requests: string[]) => () =>
      load.run({ port: to, connections: CLIENTS, seconds, requests, status: 200 });
    // Searches are so few a second that a round would not do to warm the service up: cheap ones first, for meows of their own words.
    const rare = Array.from({ length: 500 }, (_, n) => getRequest(`/search?query=x${n.toString(36)}`));
    await load.run({ port, connections: CLIENTS, seconds: 2 + seconds, requests: rare, status: 200 });
    const contenders = [
      { name: 'product', round: round(port, ours) },
      { name: 'Elasticsearch alone', round: round(Number(new URL(index.config.node).port), straight) },
    ];
    const what = `GET /search, ${CLIENTS} clients, ${rows.toLocaleString('en')} meows`;
    const measured = await alternate(contenders, { rounds, progress, what });
    const row = {
      question: 'search',
      measure: what,
      unit: 'req/s',
      of: 'perSecond',
      reach: { atLeast: 0.9 },
    };
    return [ratioRow(measured, row, { name: 'Elasticsearch alone, same query', contender: 1 })];
  },
};
