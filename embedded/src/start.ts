import { serveAdminApi } from '@meower/meow-service/admin-api.ts';
import { openBlockedWords } from '@meower/meow-service/moderation/blocked-words.ts';
import { createMeowService } from '@meower/meow-service/service.ts';
import { createPusherService } from '@meower/pusher-service/service.ts';
import { createQueryService } from '@meower/query-service/service.ts';
import { openTogether } from '@meower/shared/async/open-together.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { writeMetricsUrl } from '@meower/shared/metrics/metrics-url.ts';
import { serveMetrics } from '@meower/shared/metrics/serve-metrics.ts';
import { claimDataFolder } from '@meower/shared/process/data-folder.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { createInMemorySearchRepository } from '@meower/shared/search/in-memory.ts';
import { type Served, serve } from '@meower/shared/service/serve.ts';
import { loadTracing } from '@meower/shared/tracing/load-tracing.ts';
import type { Config } from './config.ts';
import { freeBytesOf, refuseWhenLow, watchFreeSpace } from './free-space.ts';
import { EDGE_HEADERS } from './headers.ts';
import type { Page } from './page.ts';
import { limitRequests, limitUpgrades } from './rate-limits.ts';

export interface Embedded extends Served {
  adminPort: number | undefined;
  metricsPort: number | undefined;
}

/**
 * The three services in this process behind one port, on embedded dependencies. Rejects with `StartError` if
 * the folder or the port is in use.
 */
export function startEmbedded(config: Config, logger: Logger, page?: Page): Promise<Embedded> {
  const { limits, proofOfWork, host, port, socketOrigins } = config;
  const { blockedWordsFile, ...moderation } = config.moderation ?? {};
  return openTogether(async (keep) => {
    const metrics = config.metrics && keep(await serveMetrics(config.metrics, 'meower', logger));
    const { path } = keep(await claimDataFolder(config.dataDir));
    const space = keep(await watchFreeSpace(path, { logger }));
    metrics?.add([
      {
        type: 'gauge',
        name: 'meower_data_available_bytes',
        help: 'Available in the folder of the data',
        read: () => freeBytesOf(path),
      },
    ]);
    const database = keep(await createPgliteRepository(`${path}/postgres`));
    const tracing = await loadTracing(config.tracing);
    const repository = tracing.repository(refuseWhenLow(database, space));
    // The services migrate too, but in the background: a post right after the start would fail.
    await repository.migrate();
    const search = keep(createInMemorySearchRepository());
    const broker = tracing.broker(keep(createInProcessBroker({ logger })), 'in_process');

    const isBlocked = await openBlockedWords(blockedWordsFile, logger, keep);
    const meows = createMeowService({
      repository,
      broker,
      logger,
      metrics,
      proofOfWork,
      moderation: { ...moderation, isBlocked },
    });
    const services = [
      meows,
      createQueryService({
        ...{ repository, broker, search, logger, metrics, page: page?.readIndex },
        // On this event loop, where other requests run between one and the next.
        concurrentSearches: 1,
      }),
      createPusherService({
        ...{ broker, logger, steps: metrics?.inspector.steps },
        ...{ traceFrame: tracing.frame, traceMissedFrames: tracing.missedFrames },
        ...(socketOrigins && { origins: socketOrigins }),
      }),
    ];
    const served = await serve(services, {
      logger,
      metrics,
      page,
      headers: EDGE_HEADERS,
      trace: tracing.requests,
      guard: limits && limitRequests(limits, proofOfWork !== undefined),
      guardUpgrade: limits && ((open) => limitUpgrades(limits, open)),
      host,
      port,
    });
    keep(served);
    const operated = { service: meows, logger, trace: tracing.requests };
    const admin = config.admin && keep(await serveAdminApi({ ...config.admin, ...operated }));
    if (config.metrics && metrics)
      keep(await writeMetricsUrl(path, { ...config.metrics, port: metrics.port }));
    return { port: served.port, adminPort: admin?.port, metricsPort: metrics?.port };
  });
}
