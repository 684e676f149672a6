import { runInBackground } from '@meower/shared/async/background-task.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { recordSteps } from '@meower/shared/inspection/record-steps.ts';
import type {
  Connection,
  Consumer,
  LagReader,
  LossDetector,
  Publisher,
} from '@meower/shared/message/capabilities.ts';
import type { Metrics } from '@meower/shared/metrics/metrics.ts';
import { lagReadings, poolReadings } from '@meower/shared/metrics/readings.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import { createSchemaMigration } from '@meower/shared/service/schema-migration.ts';
import type { Service } from '@meower/shared/service/service.ts';
import { subscribeInBackground } from '@meower/shared/service/subscribe-in-background.ts';
import { countOutcomes } from './count-outcomes.ts';
import { insertUndeleted, removeIfDeleted } from './deleted-meows.ts';
import { queryRoutes } from './handlers.ts';
import { createIndexFreshness, markStale } from './index-freshness.ts';
import { createIndexKeeper } from './index-keeper.ts';
import { INDEXER_GROUP, INDEXER_TOPICS, startIndexer } from './indexer.ts';
import { createLateEvents } from './late-events.ts';

export interface QueryServiceOptions {
  repository: MeowRepository;
  broker: Consumer & LossDetector & Partial<LagReader> & Publisher & Connection;
  search: SearchRepository;
  logger: Logger;
  /** Nothing is measured when absent. */
  metrics?: Metrics | undefined;
  page?: (() => Promise<string>) | undefined;
  /** Whether a proxy names the clients. Default: false. */
  behindProxy?: boolean;
  /** Searches that run concurrently. */
  concurrentSearches?: number;
  /** Searches are marked when a meow waits for longer to be indexed. Default: 30 s. */
  staleAfterMs?: number;
}

/** More would only wait in the engine, where clients do not take turns. */
const CONCURRENT_SEARCHES = 4;

/** Lists and searches meows, and keeps the index up to date. Does not close its dependencies. */
export function createQueryService({
  repository,
  logger,
  metrics,
  page,
  behindProxy = false,
  concurrentSearches = CONCURRENT_SEARCHES,
  staleAfterMs = 30_000,
  ...options
}: QueryServiceOptions): Service {
  const broker = recordSteps(options.broker, metrics?.inspector.steps);
  const freshness = createIndexFreshness(broker, { staleAfterMs, logger });
  const { search, readings } = countOutcomes(markStale(options.search, freshness));
  const keeper = createIndexKeeper({ repository, broker, search, logger });

  const migration = createSchemaMigration(repository, logger);
  const keeping = runInBackground(async (signal) => {
    await migration.run(signal);
    await Promise.all([keeper.keep(signal), freshness.watch(signal)]);
  });

  const lateEvents = createLateEvents(broker, logger);
  const deletions = { repository, search, onDeleted: lateEvents.add };
  const indexer = subscribeInBackground(
    () =>
      startIndexer({
        broker: metrics ? metrics.messages.measureConsumer(broker, 'nats') : broker,
        search: { insertMeows: insertUndeleted(deletions), deleteMeows: search.deleteMeows },
        removeIfDeleted: (ids) => removeIfDeleted(ids, deletions),
        logger,
        onIndexMissing: keeper.recheck,
      }),
    {
      what: 'start indexing',
      logger,
      whileSubscribed: (_subscription, signal) => lateEvents.run(signal),
    },
  );

  return {
    routes: queryRoutes({
      ...{ repository, search, concurrentSearches, logger, page, behindProxy },
      onIndexIncomplete() {
        // A stale index need not be incomplete, and each check asks the engine several times.
        if (!freshness.isStale()) keeper.recheck();
      },
    }),
    checks: [
      migration.check,
      {
        name: 'nats',
        optional: true,
        async check() {
          await broker.ping();
          if (!indexer.isSubscribed) throw new Error('not indexing the events yet');
        },
      },
      { name: 'elasticsearch', optional: true, check: () => search.ping() },
    ],
    readings: [
      ...readings,
      ...lagReadings(broker, { [INDEXER_GROUP]: INDEXER_TOPICS }),
      ...poolReadings(repository),
    ],
    inspection: {
      meow: async (id) => ({ index: (await search.findIds([id])).has(id) ? 'found' : 'not found' }),
      async counts() {
        const [meows, indexed] = await Promise.all([repository.countMeows(), search.count()]);
        return { meows, indexed };
      },
    },
    async close() {
      await indexer.close();
      await keeping.close();
    },
  };
}
