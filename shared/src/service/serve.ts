import type { Closable } from '../async/closable.ts';
import { type AppOptions, createApp } from '../http/express-app.ts';
import { type ListenOptions, listen, type UpgradeHandler } from '../http/server.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { readinessReadings } from '../metrics/readings.ts';
import type { Logger } from '../process/logger.ts';
import type { Service } from './service.ts';

interface ServeOptions
  extends Pick<ListenOptions, 'port' | 'host'>,
    Pick<AppOptions, 'page' | 'headers' | 'trace' | 'guard' | 'errorBody'> {
  logger: Logger;
  /** Measures the requests, and adds the readings of the services. */
  metrics?: Metrics | undefined;
  /** Wraps what opens WebSockets. */
  guardUpgrade?: (open: UpgradeHandler) => UpgradeHandler;
}

export interface Served extends Closable {
  port: number;
}

/**
 * Listens for all services on one port. Closing completes the responses, then closes the services; they are
 * closed as well if the port is taken.
 */
export async function serve(
  services: readonly Service[],
  {
    logger,
    metrics,
    page,
    headers,
    errorBody,
    trace,
    guard,
    guardUpgrade = (open) => open,
    port,
    host,
  }: ServeOptions,
): Promise<Served> {
  const upgrades = Object.fromEntries(
    services.flatMap(({ upgrades = {} }) =>
      Object.entries(upgrades).map(([path, open]) => [path, guardUpgrade(open)]),
    ),
  );
  const checks = services.flatMap((service) => service.checks);
  metrics?.add([...readinessReadings(checks), ...services.flatMap(({ readings = [] }) => readings)]);
  metrics?.inspector.add(services);
  const app = createApp({
    logger,
    routes: services.map(({ routes }) => routes),
    checks,
    onRequest: metrics?.onRequest,
    page,
    headers,
    errorBody,
    trace,
    guard,
  });
  const closeServices = async () => {
    for (const service of services) await service.close();
  };
  const server = await listen(app, { port, host, upgrades }).catch(async (error: unknown) => {
    await closeServices();
    throw error;
  });
  logger.info({ host, port: server.port }, 'listening');
  return {
    port: server.port,
    async close() {
      const drained = server.close();
      await Promise.all(services.map((service) => service.disconnectClients?.()));
      await drained;
      await closeServices();
    },
  };
}
