import { readFile } from 'node:fs/promises';
import { openTogether } from '@meower/shared/async/open-together.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { serveMetrics } from '@meower/shared/metrics/serve-metrics.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { loadTracing } from '@meower/shared/tracing/load-tracing.ts';
import type { Config } from './config.ts';
import { createQueryService } from './service.ts';

/** The built front end, which the image of this service has too. */
const PAGE_FILE = new URL('../../frontend/dist/index.html', import.meta.url);
const readPage = () => readFile(PAGE_FILE, 'utf8');

/**
 * The service on Postgres, NATS and Elasticsearch. It listens immediately; these may become available later.
 */
export function startQueryService(config: Config, logger: Logger) {
  return openTogether(async (keep) => {
    const metrics = config.metrics && keep(await serveMetrics(config.metrics, 'query-service', logger));
    const tracing = await loadTracing(config.tracing, { behindNginx: true });
    const repository = keep(createPostgresRepository(config.postgres, logger, config.readReplica));
    const search = keep(createElasticRepository(config.elastic, { logger }));
    const broker = tracing.broker(keep(createNatsBroker(config.nats, { logger })), 'nats');
    const service = createQueryService({
      repository,
      broker,
      search,
      logger,
      page: readPage,
      behindProxy: true,
      metrics,
    });
    const trace = tracing.requests;
    const { leaveMs } = config;
    const served = { logger, metrics, trace, port: config.port, leaveMs, behindProxy: true };
    const { port } = keep(await serve([service], served));
    return { port, metricsPort: metrics?.port };
  });
}
