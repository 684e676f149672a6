import type { EventStore } from '@meower/shared/event/store.ts';
import { type Service, serve } from '@meower/shared/http/service.ts';
import { createLogger } from '@meower/shared/lifecycle/logger.ts';
import { checkParts } from '@meower/shared/lifecycle/readiness.ts';
import { createIdentities } from '@meower/shared/schema/identity.ts';
import type { Commands } from '../child/run-commands.ts';
import { openParts } from '../places/open-parts.ts';
import type { Place } from '../places/places.ts';
import { bytesInUse } from './memory.ts';
import { until } from './until.ts';

type Name = 'meow' | 'query' | 'pusher';

export interface ProductOptions {
  services: readonly Name[];
  place: Place;
}

const logger = createLogger('bench', 'error');

/** Services of the product, behind one port, as their `start.ts` composes them. */
export async function serveProduct({ services, place }: ProductOptions): Promise<Commands> {
  const opened = new AsyncDisposableStack();
  const parts = openParts(place, logger, opened);
  const events = await parts.events();
  const created: Service[] = [];
  for (const name of services) created.push(await create(name, parts, events));
  const served = await serve(created, { logger, port: 0, host: '127.0.0.1' });
  opened.defer(() => served.close());

  const needed = created.flatMap((service) => service.parts);
  await until(async () => (await checkParts(needed)).ready);
  const nextIdentity = createIdentities();
  return {
    port: () => served.port,
    bytesInUse,
    /** For places without a stream that others could publish to. */
    publish: (count: number) =>
      events.publishMeowsCreated(
        Array.from({ length: count }, () => ({ meow: { ...nextIdentity(), body: 'meow' }, headers: {} })),
      ),
    close: () => opened.disposeAsync(),
  };
}

async function create(name: Name, parts: ReturnType<typeof openParts>, events: EventStore): Promise<Service> {
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
