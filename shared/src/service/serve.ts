import type { Closable } from '../async/closable.ts';
import { sleep } from '../async/sleep.ts';
import { type AppOptions, createApp } from '../http/express-app.ts';
import { type ListenOptions, listen, type UpgradeHandler } from '../http/server.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { readinessReadings } from '../metrics/readings.ts';
import type { Logger } from '../process/logger.ts';
import type { Service } from './service.ts';

interface ServeOptions
  extends Pick<ListenOptions, 'port' | 'host' | 'behindProxy'>,
    Pick<AppOptions, 'page' | 'headers' | 'trace' | 'guard' | 'errorBody'> {
  logger: Logger;
  /** Measures the requests, and adds the readings of the services. */
  metrics?: Metrics | undefined;
  /**
   * How long closing goes on answering, not ready, and then how long it keeps the port closed, in milliseconds:
   * proxies notice that this replica leaves before its address is gone. Default 0.
   */
  leaveMs?: number;
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
    leaveMs = 0,
    port,
    host,
    behindProxy,
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
    isLeaving: () => closing !== undefined,
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
  let closing: Promise<void> | undefined;
  const server = await listen(app, { port, host, behindProxy, upgrades }).catch(async (error: unknown) => {
    await closeServices();
    throw error;
  });
  logger.info({ host, port: server.port }, 'listening');
  const leave = async () => {
    server.leave();
    if (leaveMs > 0) await sleep(leaveMs);
    const closed = Promise.all([server.close(), sleep(leaveMs)]);
    await Promise.all(services.map((service) => service.disconnectClients?.()));
    await closed;
    await closeServices();
  };
  return {
    port: server.port,
    close: () => (closing ??= leave()),
  };
}
