import { openTogether } from '@meower/shared/async/open-together.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { serveMetrics } from '@meower/shared/metrics/serve-metrics.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { loadTracing } from '@meower/shared/tracing/load-tracing.ts';
import { serveAdminApi } from './admin-api.ts';
import type { Config } from './config.ts';
import { openBlockedWords } from './moderation/blocked-words.ts';
import { createMeowService } from './service.ts';

/** The service on Postgres and NATS. It listens immediately; the two may become available later. */
export function startMeowService(config: Config, logger: Logger) {
  const { postOrigins, posterDays, blockedWordsFile } = config.moderation;
  return openTogether(async (keep) => {
    const metrics = config.metrics && keep(await serveMetrics(config.metrics, 'meow-service', logger));
    const tracing = await loadTracing(config.tracing, { behindNginx: true });
    const repository = tracing.repository(keep(createPostgresRepository(config.postgres, logger)));
    const broker = tracing.broker(keep(createNatsBroker(config.nats, { logger })), 'nats');
    const isBlocked = await openBlockedWords(blockedWordsFile, logger, keep);
    // Only nginx reaches the service, and it names the client.
    const moderation = { postOrigins, posterDays, isBlocked, behindProxy: true };
    const { relay, proofOfWork } = config;
    const service = createMeowService({
      repository,
      broker,
      logger,
      relay,
      proofOfWork,
      moderation,
      metrics,
    });
    const trace = tracing.requests;
    const { leaveMs } = config;
    const served = { logger, metrics, trace, port: config.port, leaveMs, behindProxy: true };
    const { port } = keep(await serve([service], served));
    if (config.admin) keep(await serveAdminApi({ ...config.admin, service, logger, trace }));
    return { port, metricsPort: metrics?.port };
  });
}
