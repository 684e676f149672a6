import type { Broker } from '@meower/shared/message/capabilities.ts';
import type { Metrics } from '@meower/shared/metrics/metrics.ts';
import { serveMetrics } from '@meower/shared/metrics/serve-metrics.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { serve } from '@meower/shared/service/serve.ts';
import type { Service } from '@meower/shared/service/service.ts';
import { loadTracing } from '@meower/shared/tracing/load-tracing.ts';
import type { DependencyConfigs } from '../fixtures/fixtures.ts';
import { type OpenDependencies, openDependencies } from '../fixtures/open-dependencies.ts';
import { createMeowPublisher } from '../load/publish-meows.ts';
import type { Commands } from '../worker-process/handle-commands.ts';
import { bytesInUse } from './resident-memory.ts';
import { waitUntilReady } from './wait-until-ready.ts';

type ServiceName = 'meow' | 'query' | 'pusher';

export interface ProductOptions {
  services: readonly ServiceName[];
  configs: DependencyConfigs;
  /** With metrics, which are read as often as by the Prometheus of compose. */
  measured?: boolean;
  /** Exports this share of the traces. */
  traced?: { endpoint: string; ratio: number };
}

const logger = createLogger('bench', 'error');
const SCRAPE_INTERVAL_MS = 5000;
/** Longer than any benchmark: the sockets of the load do not answer pings, and would be disconnected. */
const HEARTBEAT_MS = 3_600_000;

/** Services of the product behind one port, composed as in their `start.ts`. */
export async function serveProduct(options: ProductOptions): Promise<Commands> {
  const { services, configs, measured, traced } = options;
  const opened = new AsyncDisposableStack();
  const tracing = await startTracing(traced, opened);
  const { repository, broker: openBroker, ...others } = openDependencies(configs, logger, opened);
  const broker = tracing.broker(await openBroker(), 'bench');
  const dependencies = { ...others, repository: async () => tracing.repository(await repository()) };
  const metrics = measured ? await startMetrics(opened) : undefined;
  const created: Service[] = [];
  for (const name of services) created.push(await createService(name, dependencies, broker, metrics));
  const served = await serve(created, {
    logger,
    metrics,
    trace: tracing.requests,
    port: 0,
    host: '127.0.0.1',
  });
  opened.defer(() => served.close());
  await waitUntilReady(created.flatMap((service) => service.checks));
  return {
    port: () => served.port,
    bytesInUse,
    /** The only way to publish to the in-process broker. */
    publish: createMeowPublisher(broker),
    close: () => opened.disposeAsync(),
  };
}

async function startTracing(traced: ProductOptions['traced'], opened: AsyncDisposableStack) {
  if (!traced) return loadTracing(undefined);
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = traced.endpoint; // for the SDK, which reads it itself
  const config = { protocol: 'http/protobuf', ratio: traced.ratio } as const;
  const { startTracing } = await import('@meower/shared/tracing/start-tracing.ts');
  const exporting = await startTracing('bench', config, logger);
  opened.defer(() => exporting.close());
  return loadTracing(config);
}

async function startMetrics(opened: AsyncDisposableStack): Promise<Metrics> {
  const metrics = await serveMetrics({ port: 0, host: '127.0.0.1' }, 'bench', logger);
  opened.defer(() => metrics.close());
  const scrape = async () => (await fetch(`http://127.0.0.1:${metrics.port}/metrics`)).text();
  const scraping = setInterval(scrape, SCRAPE_INTERVAL_MS);
  opened.defer(() => clearInterval(scraping));
  return metrics;
}

/** Imports only this service, as its process does. */
async function createService(
  name: ServiceName,
  dependencies: Omit<OpenDependencies, 'broker'>,
  broker: Broker,
  metrics: Metrics | undefined,
): Promise<Service> {
  switch (name) {
    case 'meow': {
      const { createMeowService } = await import('@meower/meow-service/service.ts');
      return createMeowService({ repository: await dependencies.repository(), broker, logger, metrics });
    }
    case 'query': {
      const { createQueryService } = await import('@meower/query-service/service.ts');
      const repository = await dependencies.repository();
      return createQueryService({ repository, search: await dependencies.search(), broker, logger, metrics });
    }
    case 'pusher': {
      const { createPusherService } = await import('@meower/pusher-service/service.ts');
      return createPusherService({ broker, logger, heartbeatMs: HEARTBEAT_MS });
    }
  }
}
