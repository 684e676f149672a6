import { Client } from '@elastic/elasticsearch';
import { startIndexer } from '@meower/query-service/indexer.ts';
import { publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import { toDocument } from '@meower/shared/search/elastic/index-definition.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import type { Benchmark, BenchmarkContext } from '../benchmark.ts';
import { connectBroker } from '../load/event-publisher.ts';
import { batches, sampleMeows } from '../load/sample-meows.ts';
import { alternate } from '../rounds.ts';
import { ratioRow } from '../rows.ts';

const BULK_SIZE = 1000;

/** How fast is a backlog of events indexed, after the query service was down? */
export const indexBacklog: Benchmark = {
  name: 'index-backlog',
  needs: ['nats', 'elasticsearch'],
  async run(context) {
    const { rounds, progress, rows } = context;
    const measure = `a backlog of ${rows.toLocaleString('en')} events, indexed`;
    const contenders = [
      { name: 'indexer', round: () => throughIndexer(context, rows) },
      { name: '_bulk alone', round: () => bulkAlone(context, rows) },
    ];
    const results = await alternate(contenders, { rounds, progress, label: measure });
    const row = { measure, unit: 'meows/s', metric: 'perSecond', target: { atLeast: 0.7 } };
    return [ratioRow(results, row, { name: `_bulk of ${BULK_SIZE} alone`, contender: 1 })];
  },
};

async function throughIndexer({ fixtures }: BenchmarkContext, count: number) {
  await using opened = new AsyncDisposableStack();
  const { nats, elasticsearch } = opened.use(await fixtures('nats', 'elasticsearch')).configs;
  if (!nats || !elasticsearch) throw new Error('no stream or no index');
  const broker = await connectBroker(nats);
  opened.defer(() => broker.close());
  const search = createElasticRepository(elasticsearch, { logger: silentLogger });
  opened.defer(() => search.close());
  await search.prepare();
  for (const meows of batches(sampleMeows(count), 10_000)) await publishMeowsCreated(broker, meows);

  const { promise: done, resolve } = Promise.withResolvers<void>();
  let indexed = 0;
  const countingSearch = {
    async insertMeows(...args: Parameters<typeof search.insertMeows>) {
      const outcomes = await search.insertMeows(...args);
      indexed += outcomes.length;
      if (indexed >= count) resolve();
      return outcomes;
    },
    deleteMeows: search.deleteMeows,
  };
  const started = performance.now();
  const subscription = await startIndexer({
    broker,
    search: countingSearch,
    removeIfDeleted: async () => {},
    logger: silentLogger,
    onIndexMissing() {},
  });
  await done;
  const ms = performance.now() - started;
  await subscription.close();
  await search.refresh();
  await waitUntil(async () => {
    const found = await search.count();
    return found === count ? undefined : `the index holds ${found} of ${count} meows`;
  });
  return { perSecond: (1000 * count) / ms };
}

/** The same documents through Elasticsearch's own client, one bulk after the other. */
async function bulkAlone({ fixtures }: BenchmarkContext, count: number) {
  await using dependencies = await fixtures('elasticsearch');
  const { elasticsearch } = dependencies.configs;
  if (!elasticsearch) throw new Error('no index');
  const search = createElasticRepository(elasticsearch, { logger: silentLogger });
  await search.prepare();
  await search.close();
  const client = new Client({ node: elasticsearch.node });
  const documents = [...sampleMeows(count)].map(toDocument);
  const started = performance.now();
  for (let i = 0; i < count; i += BULK_SIZE) {
    const operations = documents
      .slice(i, i + BULK_SIZE)
      .flatMap((document) => [{ index: { _id: document.id } }, document]);
    const { errors } = await client.bulk({ index: elasticsearch.alias, operations });
    if (errors) throw new Error('Elasticsearch rejected a document');
  }
  const ms = performance.now() - started;
  await client.close();
  return { perSecond: (1000 * count) / ms };
}
