import { meowRoutes } from '@meower/meow-service/handlers.ts';
import { createAddressHashes } from '@meower/meow-service/moderation/address-hashes.ts';
import type { MeowToInsert } from '@meower/shared/db/meow-repository.ts';
import { clientNetwork } from '@meower/shared/http/client-network.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { createRelay } from '@meower/shared/outbox/relay.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { serve } from '@meower/shared/service/serve.ts';
import type { DependencyConfigs } from '../fixtures/fixtures.ts';
import { openDependencies } from '../fixtures/open-dependencies.ts';
import { handleCommands } from '../worker-process/handle-commands.ts';

// The product's own `POST /meows`, with its events, but with one insert for each request: what batching gains
// or costs.
handleCommands<DependencyConfigs>(async (configs) => {
  const opened = new AsyncDisposableStack();
  const logger = createLogger('bench', 'error');
  const dependencies = openDependencies(configs, logger, opened);
  const broker = await dependencies.broker();
  const repository = await dependencies.repository();
  const relay = createRelay({
    outbox: repository.outbox,
    publisher: broker,
    logger,
    sweepIntervalMs: 1000,
    maxPending: 10_000,
  });
  const insert = async (entry: MeowToInsert) => {
    const [inserted] = await repository.insertMeows([entry], { dueAfterMs: 5000 });
    if (inserted?.event) relay.offer([inserted.event]);
    return inserted?.id as string;
  };
  const addresses = createAddressHashes(repository.moderation);
  const routes = meowRoutes({
    insert,
    newMeowId: createIdGenerator(),
    admit: (req) => addresses.admit(clientNetwork(req, false)),
    isBlocked: () => false,
  });
  const service = { routes, checks: [], close: () => relay.idle() };
  const served = await serve([service], { logger, port: 0, host: '127.0.0.1' });
  opened.defer(() => served.close());
  return { port: () => served.port, close: () => opened.disposeAsync() };
});
