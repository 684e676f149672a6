import { type AppOptions, createApp, type Routes } from '../http/app.ts';
import { type ListenOptions, listen, type UpgradeHandler } from '../http/server.ts';
import type { Logger } from '../process/logger.ts';
import type { Running } from '../process/running.ts';
import type { ReadinessCheck } from './readiness.ts';

/**
 * One of Meower's services, composed but not listening yet: alone behind a port of its own, or next to others
 * behind one.
 */
export interface Service extends Running {
  routes: Routes;
  checks: readonly ReadinessCheck[];
  /** The paths that open WebSockets. */
  upgrades?: Readonly<Record<string, UpgradeHandler>>;
  /** Closes WebSockets, which would not end by themselves, before the server waits for its last responses. */
  disconnectClients?(): Promise<void>;
}

export interface ServeOptions
  extends Pick<ListenOptions, 'port' | 'host'>,
    Pick<AppOptions, 'page' | 'headers'> {
  logger: Logger;
}

export interface Served extends Running {
  port: number;
}

/**
 * Puts services behind one port. Closing answers what was accepted first, then closes the services, as does a
 * port that is taken.
 */
export async function serve(
  services: readonly Service[],
  { logger, page, headers, port, host }: ServeOptions,
): Promise<Served> {
  const upgrades = Object.fromEntries(services.flatMap(({ upgrades = {} }) => Object.entries(upgrades)));
  const app = createApp({
    logger,
    routes: services.map(({ routes }) => routes),
    checks: services.flatMap(({ checks }) => checks),
    page,
    headers,
  });
  const closeServices = async () => {
    for (const service of services) await service.close();
  };
  const server = await listen(app, { port, host, upgrades }).catch(async (error: unknown) => {
    await closeServices();
    throw error;
  });
  logger.info({ port: server.port }, 'listening');
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
