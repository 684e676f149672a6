import { meowRoutes } from '@meower/meow-service/handlers.ts';
import type { MeowToInsert } from '@meower/shared/db/meow-repository.ts';
import { createRelay } from '@meower/shared/outbox/relay.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import { serve } from '@meower/shared/service/service.ts';
import type { Place } from '../fixtures/fixtures.ts';
import { openDependencies } from '../fixtures/open-dependencies.ts';
import { runCommands } from '../worker-process/serve-commands.ts';

/** The product's own `POST /meows`, events and all, but with one insert for each request: what batching gains, or costs. */
runCommands<Place>(async (place) => {
  const opened = new AsyncDisposableStack();
  const logger = createLogger('bench', 'error');
  const parts = openDependencies(place, logger, opened);
  const events = await parts.events();
  const repository = await parts.repository();
  const relay = createRelay({
    outbox: repository.outbox,
    publisher: events,
    logger,
    sweepIntervalMs: 1000,
    maxPending: 10_000,
  });
  const insert = async (entry: MeowToInsert) => {
    const [inserted] = await repository.insertMeows([entry], { dueAfterMs: 5000 });
    if (inserted?.event) relay.offer([inserted.event]);
    return inserted?.id as string;
  };
  const routes = meowRoutes({ insert, newMeowId: createIdGenerator() });
  const service = { routes, checks: [], close: () => relay.idle() };
  const served = await serve([service], { logger, port: 0, host: '127.0.0.1' });
  opened.defer(() => served.close());
  return { port: () => served.port, close: () => opened.disposeAsync() };
});
