import { createMeowService } from '@meower/meow-service/service.ts';
import { createPusherService } from '@meower/pusher-service/service.ts';
import { createQueryService } from '@meower/query-service/service.ts';
import type { Repository } from '@meower/shared/db/repository.ts';
import { serve } from '@meower/shared/http/service.ts';
import { createLogger } from '@meower/shared/lifecycle/logger.ts';
import { checkParts } from '@meower/shared/lifecycle/readiness.ts';
import { createIdentities } from '@meower/shared/schema/identity.ts';
import { runCommands } from '../child/run-commands.ts';
import { openParts } from '../places/open-parts.ts';
import type { Place } from '../places/places.ts';
import { bytesInUse } from './memory.ts';
import { until } from './until.ts';

export interface ProductOptions {
  services: readonly ('meow' | 'query' | 'pusher')[];
  place: Place;
}

/** Services of the product, behind one port, as their `start.ts` composes them. */
runCommands<ProductOptions>(async ({ services, place }) => {
  const opened = new AsyncDisposableStack();
  const logger = createLogger('bench', 'error');
  const parts = openParts(place, logger, opened);
  const events = parts.events();
  const repository = services.some((name) => name !== 'pusher') ? await parts.repository() : undefined;
  const create = {
    meow: () => createMeowService({ repository: repository as Repository, events, logger }),
    query: () =>
      createQueryService({ repository: repository as Repository, search: parts.search(), events, logger }),
    pusher: () => createPusherService({ events, logger }),
  };
  const created = services.map((name) => create[name]());
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
});
