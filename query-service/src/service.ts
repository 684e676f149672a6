import { runInBackground } from '@meower/shared/async/background-task.ts';
import { retryForever } from '@meower/shared/async/retry.ts';
import { untilAborted } from '@meower/shared/async/sleep.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import { createSchemaMigration } from '@meower/shared/service/schema-migration.ts';
import type { Service } from '@meower/shared/service/service.ts';
import { queryRoutes } from './handlers.ts';
import { createIndexKeeper } from './index-keeper.ts';
import { startIndexer } from './indexer.ts';

export interface QueryServiceOptions {
  repository: MeowRepository;
  events: EventStore;
  search: SearchRepository;
  logger: Logger;
}

/** Lists and searches meows, and indexes those that are created. Closes none of its options. */
export function createQueryService({ repository, events, search, logger }: QueryServiceOptions): Service {
  const keeper = createIndexKeeper({ repository, search, logger });

  const migration = createSchemaMigration(repository, logger);
  const keeping = runInBackground(async (signal) => {
    await migration.run(signal);
    await keeper.keep(signal);
  });

  let indexing = false;
  const indexer = runInBackground(async (signal) => {
    const start = () => startIndexer({ events, search, logger, onIndexMissing: keeper.recheck });
    const subscription = await retryForever(start, { what: 'start indexing', logger, signal });
    indexing = true;
    await untilAborted(signal);
    await subscription.close();
  });

  return {
    routes: queryRoutes({ repository, search, onIndexIncomplete: keeper.recheck, logger }),
    checks: [
      migration.check,
      {
        name: 'nats',
        async check() {
          await events.ping();
          if (!indexing) throw new Error('not indexing the events yet');
        },
      },
      { name: 'elasticsearch', check: () => search.ping() },
    ],
    async close() {
      await indexer.close();
      await keeping.close();
    },
  };
}
