import { loadConfig } from '@meower/query-service/config.ts';
import { createQueryService, type QueryServiceOptions } from '@meower/query-service/service.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import type { Broker } from '@meower/shared/message/capabilities.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { serve } from '@meower/shared/service/serve.ts';

type Dependencies = Pick<QueryServiceOptions, 'repository' | 'search'> & { broker: Broker };

/** The query-service with other dependencies than the product's. */
export async function runFaultyQuery(
  replace: (product: Dependencies) => Partial<Dependencies>,
): Promise<void> {
  await runProgram('query-service', loadConfig, async (config, logger) => {
    const repository = createPostgresRepository(config.postgres, logger);
    const search = createElasticRepository(config.elastic, { logger });
    const product = { repository, search, broker: createNatsBroker(config.nats, { logger }) };
    const service = createQueryService({ ...product, ...replace(product), logger });
    return serve([service], { logger, port: config.port });
  });
}
