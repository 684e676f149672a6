import { Client } from '@elastic/elasticsearch';
import { anyWordScored, bestThenNewest } from '@meower/shared/search/elastic/query.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import type { Benchmark } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest, postJson } from '../load/http-requests.ts';
import { indexSampleMeows, VOCABULARY } from '../load/sample-meows.ts';
import { alternate } from '../rounds.ts';
import { ratioRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

const CLIENTS = 8;
const MERGE_TIMEOUT_MS = 600_000;

/**
 * How many searches a second, compared with the query that scores every match, sent directly to
 * Elasticsearch? The service needs it only where too few meows have every word.
 */
export const search: Benchmark = {
  name: 'search',
  needs: ['elasticsearch'],
  async run({ fixtures, rounds, seconds, rows, nodeArgs, progress }) {
    await using opened = new AsyncDisposableStack();
    const { configs } = opened.use(await fixtures('postgres', 'nats', 'elasticsearch'));
    const { elasticsearch } = configs;
    if (!elasticsearch) throw new Error('no index');
    const { alias } = elasticsearch;
    const repository = createElasticRepository(elasticsearch, { logger: silentLogger });
    opened.defer(() => repository.close());
    await (await repository.prepare()).setComplete(true);
    await indexSampleMeows(repository, rows, progress);
    const client = new Client({ node: elasticsearch.node });
    opened.defer(() => client.close());
    await client.indices.forcemerge(
      { index: alias, max_num_segments: 1 },
      { requestTimeout: MERGE_TIMEOUT_MS },
    );

    const { port } = opened.use(await startProduct({ services: ['query'], configs }, nodeArgs));
    const load = opened.use(await startHttpLoad());
    // Many different queries: neither side may answer from a cache.
    const queries = VOCABULARY.flatMap((a) => VOCABULARY.map((b) => [a, b]));
    const toProduct = queries.map((words) => getRequest(`/search?query=${words.join('+')}`));
    const toElasticsearch = queries.map((words) =>
      postJson(`/${alias}/_search`, {
        query: anyWordScored(words),
        sort: bestThenNewest,
        size: 100,
        _source: ['id', 'body', 'created_at'],
        track_total_hits: false,
      }),
    );
    const contender = (name: string, port: number, requests: string[]) => ({
      name,
      round: () => load.run({ port, connections: CLIENTS, seconds, requests, status: 200 }),
    });
    // A round has too few searches to warm the service up, so cheap ones run first: for words that one meow
    // contains.
    const rare = Array.from({ length: 500 }, (_, n) => getRequest(`/search?query=x${n.toString(36)}`));
    await load.run({ port, connections: CLIENTS, seconds: 2 + seconds, requests: rare, status: 200 });
    const contenders = [
      contender('product', port, toProduct),
      contender('Elasticsearch alone', Number(new URL(elasticsearch.node).port), toElasticsearch),
    ];
    const measure = `GET /search, ${CLIENTS} clients, ${rows.toLocaleString('en')} meows`;
    const results = await alternate(contenders, { rounds, progress, label: measure });
    const row = { measure, unit: 'req/s', metric: 'perSecond', target: { atLeast: 0.9 } };
    return [ratioRow(results, row, { name: 'Elasticsearch alone, all matches scored', contender: 1 })];
  },
};
