import { Client } from '@elastic/elasticsearch';
import { startIndexer } from '@meower/query-service/indexer.ts';
import { publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import { toDocument } from '@meower/shared/search/elastic/index-definition.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import type { Bench, Question } from '../benchmark.ts';
import { connectEvents } from '../load/event-publisher.ts';
import { someMeows } from '../load/sample-meows.ts';
import { alternate } from '../rounds.ts';
import { ratioRow } from '../rows.ts';

const BULK = 1000;

/** How fast is a backlog of events indexed, after the query service was away? */
export const indexBacklog: Question = {
  name: 'index-backlog',
  needs: ['nats', 'elasticsearch'],
  async ask(bench) {
    const events = bench.rows;
    const what = `a backlog of ${events.toLocaleString('en')} events, indexed`;
    const contenders = [
      { name: 'indexer', round: () => throughIndexer(bench, events) },
      { name: '_bulk alone', round: () => bulkAlone(bench, events) },
    ];
    const { rounds, progress } = bench;
    const measured = await alternate(contenders, { rounds, progress, what });
    const row = {
      question: 'index-backlog',
      measure: what,
      unit: 'meows/s',
      of: 'perSecond',
      reach: { atLeast: 0.7 },
    };
    return [ratioRow(measured, row, { name: `_bulk of ${BULK} alone`, contender: 1 })];
  },
};

async function throughIndexer({ places }: Bench, count: number) {
  await using opened = new AsyncDisposableStack();
  const stream = opened.use((await places.stream()) ?? null);
  const index = opened.use((await places.index()) ?? null);
  if (!stream || !index) throw new Error('no stream or no index');
  const events = await connectEvents(stream.config);
  opened.defer(() => events.close());
  const search = createElasticRepository(index.config, { logger: silentLogger });
  opened.defer(() => search.close());
  await search.prepare();
  for (const meows of slices(someMeows(count), 10_000)) await publishMeowsCreated(events, meows);

  const { promise: done, resolve } = Promise.withResolvers<void>();
  let indexed = 0;
  const counting = {
    async insertMeows(...args: Parameters<typeof search.insertMeows>) {
      const outcomes = await search.insertMeows(...args);
      indexed += outcomes.length;
      if (indexed >= count) resolve();
      return outcomes;
    },
  };
  const started = performance.now();
  const subscription = await startIndexer({
    events,
    search: counting,
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

/** The engine's own client, the same documents, one bulk after the other. */
async function bulkAlone({ places }: Bench, count: number) {
  await using index = await places.index();
  if (!index) throw new Error('no index');
  const search = createElasticRepository(index.config, { logger: silentLogger });
  await search.prepare();
  await search.close();
  const client = new Client({ node: index.config.node });
  const documents = [...someMeows(count)].map(toDocument);
  const started = performance.now();
  for (let i = 0; i < count; i += BULK) {
    const operations = documents
      .slice(i, i + BULK)
      .flatMap((document) => [{ index: { _id: document.id } }, document]);
    const { errors } = await client.bulk({ index: index.config.alias, operations });
    if (errors) throw new Error('Elasticsearch has refused a document');
  }
  const ms = performance.now() - started;
  await client.close();
  return { perSecond: (1000 * count) / ms };
}

function* slices<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let slice: T[] = [];
  for (const item of items) {
    if (slice.push(item) < size) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}
