import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import type { Repository } from '@meower/shared/db/repository.ts';
import { createEventStore, MEOW_CREATED } from '@meower/shared/event/broker-event-store.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import type { Logger } from '@meower/shared/lifecycle/logger.ts';
import type { Broker } from '@meower/shared/message/broker.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { createMiniSearchRepository } from '@meower/shared/search/minisearch.ts';
import type { Repository as SearchRepository } from '@meower/shared/search/repository.ts';
import type { Place } from './places.ts';
import type { StreamConfig } from './stream.ts';

/** The product's parts at a place; what the place does not name is embedded. Each is closed with the stack. */
export function openParts(place: Place, logger: Logger, opened: AsyncDisposableStack) {
  return {
    async repository(): Promise<Repository> {
      const repository = place.database
        ? createPostgresRepository(place.database, logger)
        : await createPgliteRepository(await temporaryFolder(opened));
      opened.defer(() => repository.close());
      return repository;
    },
    events(): EventStore {
      const broker = place.stream ? openBroker(place.stream, logger) : createInProcessBroker({ logger });
      const events = createEventStore(broker, logger);
      opened.defer(() => events.close());
      return events;
    },
    search(): SearchRepository {
      const search = place.index
        ? createElasticRepository(place.index, { logger })
        : createMiniSearchRepository();
      opened.defer(() => search.close());
      return search;
    },
  };
}

/** A broker that takes the product's topic for the one in the configuration. */
export function openBroker({ nats, topic }: StreamConfig, logger: Logger): Broker {
  const broker = createNatsBroker(nats, { logger });
  const own = (name: string) => (name === MEOW_CREATED ? topic : name);
  return {
    ...broker,
    publish: (name, messages) => broker.publish(own(name), messages),
    consume: (name, ...rest) => broker.consume(own(name), ...rest),
    follow: (name, handlers) => broker.follow(own(name), handlers),
    history: (name) => broker.history(own(name)),
    read: (name, ...rest) => broker.read(own(name), ...rest),
  };
}

async function temporaryFolder(opened: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'meower-bench-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
