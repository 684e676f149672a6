import { openTogether } from '@meower/shared/async/open-together.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { serveMetrics } from '@meower/shared/metrics/serve-metrics.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { serve } from '@meower/shared/service/serve.ts';
import type { Config } from './config.ts';
import { createPusherService } from './service.ts';

/** Starts the service on NATS. It listens before NATS can be reached. */
export function startPusherService(config: Config, logger: Logger) {
  const { limits, origins, heartbeatMs, ringSize } = config;
  return openTogether(async (keep) => {
    const metrics = config.metrics && keep(await serveMetrics(config.metrics, 'pusher-service', logger));
    const broker = keep(createNatsBroker(config.nats, { logger }));
    const service = createPusherService({ broker, logger, limits, origins, heartbeatMs, ringSize, metrics });
    const { port } = keep(await serve([service], { logger, metrics, port: config.port }));
    return { port, metricsPort: metrics?.port };
  });
}
