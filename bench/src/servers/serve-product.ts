import { publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import { type Service, serve } from '@meower/shared/service/service.ts';
import type { Place } from '../fixtures/fixtures.ts';
import { openDependencies } from '../fixtures/open-dependencies.ts';
import type { Commands } from '../worker-process/serve-commands.ts';
import { bytesInUse } from './resident-memory.ts';
import { waitUntilReady } from './wait-until-ready.ts';

type Name = 'meow' | 'query' | 'pusher';

export interface ProductOptions {
  services: readonly Name[];
  place: Place;
}

const logger = createLogger('bench', 'error');

/** Services of the product, behind one port, as their `start.ts` composes them. */
export async function serveProduct({ services, place }: ProductOptions): Promise<Commands> {
  const opened = new AsyncDisposableStack();
  const parts = openDependencies(place, logger, opened);
  const events = await parts.events();
  const created: Service[] = [];
  for (const name of services) created.push(await create(name, parts, events));
  const served = await serve(created, { logger, port: 0, host: '127.0.0.1' });
  opened.defer(() => served.close());

  const needed = created.flatMap((service) => service.checks);
  await waitUntilReady(needed);
  const newMeowId = createIdGenerator();
  return {
    port: () => served.port,
    bytesInUse,
    /** For places without a stream that others could publish to. */
    publish: (count: number) =>
      publishMeowsCreated(
        events,
        Array.from({ length: count }, () => ({ ...newMeowId(), body: 'meow' })),
      ),
    close: () => opened.disposeAsync(),
  };
}

async function create(
  name: Name,
  parts: ReturnType<typeof openDependencies>,
  events: EventStore,
): Promise<Service> {
  switch (name) {
    case 'meow': {
      const { createMeowService } = await import('@meower/meow-service/service.ts');
      return createMeowService({ repository: await parts.repository(), events, logger });
    }
    case 'query': {
      const { createQueryService } = await import('@meower/query-service/service.ts');
      const repository = await parts.repository();
      return createQueryService({ repository, search: await parts.search(), events, logger });
    }
    case 'pusher': {
      const { createPusherService } = await import('@meower/pusher-service/service.ts');
      return createPusherService({ events, logger });
    }
  }
}
