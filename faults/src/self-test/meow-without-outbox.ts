import { loadConfig } from '@meower/meow-service/config.ts';
import { createMeowService } from '@meower/meow-service/service.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { serve } from '@meower/shared/service/service.ts';

// A bug on purpose: as in the original, an event that cannot be published at once is forgotten.
await runProgram('meow-service', loadConfig, async (config, logger) => {
  const whole = createPostgresRepository(config.postgres, logger);
  const repository: MeowRepository = {
    ...whole,
    async insertMeows(entries) {
      const ids = await whole.insertMeows(entries);
      await whole.outbox.remove(ids);
      return ids;
    },
  };
  const events = createEventStore(createNatsBroker(config.nats, { logger }), logger);
  return serve([createMeowService({ repository, events, logger })], { logger, port: config.port });
});
