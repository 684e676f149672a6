import { loadConfig } from '@meower/query-service/config.ts';
import { createQueryService } from '@meower/query-service/service.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { serve } from '@meower/shared/service/serve.ts';

// A deliberate bug: an event is acknowledged before the index has confirmed it.
await runProgram('query-service', loadConfig, async (config, logger) => {
  const repository = createPostgresRepository(config.postgres, logger);
  const search = createElasticRepository(config.elastic, { logger });
  const product = createEventStore(createNatsBroker(config.nats, { logger }), logger);
  const events: EventStore = {
    ...product,
    consumeMeowCreated: (group, handler, options) =>
      product.consumeMeowCreated(
        group,
        (batch) => {
          for (const delivery of batch) delivery.ack();
          return handler(batch);
        },
        options,
      ),
  };
  const service = createQueryService({ repository, events, search, logger });
  return serve([service], { logger, port: config.port });
});
