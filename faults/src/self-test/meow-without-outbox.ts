import { loadConfig } from '@meower/meow-service/config.ts';
import { createMeowService } from '@meower/meow-service/service.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { serve } from '@meower/shared/service/service.ts';

// A deliberate bug: as in the original, an event is lost if it cannot be published immediately.
await runProgram('meow-service', loadConfig, async (config, logger) => {
  const product = createPostgresRepository(config.postgres, logger);
  const repository: MeowRepository = {
    ...product,
    async insertMeows(entries) {
      const ids = await product.insertMeows(entries);
      await product.outbox.remove(ids);
      return ids;
    },
  };
  const events = createEventStore(createNatsBroker(config.nats, { logger }), logger);
  return serve([createMeowService({ repository, events, logger })], { logger, port: config.port });
});
