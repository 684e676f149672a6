import { loadConfig } from '@meower/query-service/config.ts';
import { createQueryService } from '@meower/query-service/service.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import type { Broker } from '@meower/shared/message/capabilities.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { serve } from '@meower/shared/service/serve.ts';

// A deliberate bug: an event is acknowledged before the index has confirmed it.
await runProgram('query-service', loadConfig, async (config, logger) => {
  const repository = createPostgresRepository(config.postgres, logger);
  const search = createElasticRepository(config.elastic, { logger });
  const product = createNatsBroker(config.nats, { logger });
  const broker: Broker = {
    ...product,
    consume: (topics, group, handler, options) =>
      product.consume(
        topics,
        group,
        (batch, signal) => {
          for (const delivery of batch) delivery.ack();
          return handler(batch, signal);
        },
        options,
      ),
  };
  const service = createQueryService({ repository, broker, search, logger });
  return serve([service], { logger, port: config.port });
});
