import { loadConfig } from '@meower/meow-service/config.ts';
import { createMeowService } from '@meower/meow-service/service.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { serve } from '@meower/shared/service/serve.ts';

// A deliberate bug: as in the original, an event is lost if it cannot be published immediately.
await runProgram('meow-service', loadConfig, async (config, logger) => {
  const product = createPostgresRepository(config.postgres, logger);
  const repository: MeowRepository = {
    ...product,
    async insertMeows(entries, options) {
      const inserted = await product.insertMeows(entries, options);
      await product.outbox.deletePublished(inserted.flatMap(({ event }) => event ?? []));
      return inserted;
    },
  };
  const broker = createNatsBroker(config.nats, { logger });
  return serve([createMeowService({ repository, broker, logger })], { logger, port: config.port });
});
