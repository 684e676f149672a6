import { openTogether } from '@meower/shared/async/open-together.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { serveMetrics } from '@meower/shared/metrics/serve-metrics.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { loadTracing } from '@meower/shared/tracing/load-tracing.ts';
import type { Config } from './config.ts';
import { createPusherService } from './service.ts';

/** Starts the service on NATS. It listens before NATS can be reached. */
export function startPusherService(config: Config, logger: Logger) {
  const { limits, origins, heartbeatMs, ringSize } = config;
  return openTogether(async (keep) => {
    const metrics = config.metrics && keep(await serveMetrics(config.metrics, 'pusher-service', logger));
    const tracing = await loadTracing(config.tracing, { behindNginx: true });
    const broker = tracing.broker(keep(createNatsBroker(config.nats, { logger })), 'nats');
    const options = { limits, origins, heartbeatMs, ringSize };
    const traced = { traceFrame: tracing.frame, traceMissedFrames: tracing.missedFrames };
    const steps = metrics?.inspector.steps;
    const service = createPusherService({ broker, logger, steps, ...options, ...traced });
    const { port } = keep(
      await serve([service], {
        logger,
        metrics,
        trace: tracing.requests,
        port: config.port,
        leaveMs: config.leaveMs,
      }),
    );
    return { port, metricsPort: metrics?.port };
  });
}
