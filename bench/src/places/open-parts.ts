import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import type { Broker } from '@meower/shared/message/broker.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import type { Place } from './places.ts';

/**
 * The product's parts at a place; what the place does not name is embedded. Each is closed with the stack. Only what is asked for is loaded, as in
 * a service of the product: how soon it is ready and what memory it takes depend on it.
 */
export function openDependencies(place: Place, logger: Logger, opened: AsyncDisposableStack) {
  let repository: Promise<MeowRepository> | undefined;
  return {
    /** The same for all who ask. */
    repository(): Promise<MeowRepository> {
      repository ??= openRepository();
      return repository;
    },
    async events(): Promise<EventStore> {
      const { createEventStore } = await import('@meower/shared/event/broker-event-store.ts');
      const events = createEventStore(await openBroker(), logger);
      opened.defer(() => events.close());
      return events;
    },
    async search(): Promise<SearchRepository> {
      const search = await openSearch();
      opened.defer(() => search.close());
      return search;
    },
  };

  async function openRepository(): Promise<MeowRepository> {
    const repository = place.database
      ? (await import('@meower/shared/db/postgres.ts')).createPostgresRepository(place.database, logger)
      : await (await import('@meower/shared/db/pglite.ts')).createPgliteRepository(
          await temporaryFolder(opened),
        );
    opened.defer(() => repository.close());
    return repository;
  }

  async function openBroker(): Promise<Broker> {
    if (place.stream) return (await import('./open-broker.ts')).openBroker(place.stream, logger);
    const { createInProcessBroker } = await import('@meower/shared/message/in-process.ts');
    return createInProcessBroker({ logger });
  }

  async function openSearch(): Promise<SearchRepository> {
    if (place.index) {
      const { createElasticRepository } = await import('@meower/shared/search/elastic.ts');
      return createElasticRepository(place.index, { logger });
    }
    const { createMiniSearchRepository } = await import('@meower/shared/search/minisearch.ts');
    return createMiniSearchRepository();
  }
}

async function temporaryFolder(opened: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'meower-bench-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
