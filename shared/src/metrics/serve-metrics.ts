import { defineRoutes } from '../http/define-routes.ts';
import { combineRoutes } from '../http/express-app.ts';
import { refuseWebPages } from '../http/refuse-web-pages.ts';
import type { Logger } from '../process/logger.ts';
import { type Served, serve } from '../service/serve.ts';
import { createMetrics, type Metrics } from './metrics.ts';

export interface MetricsConfig {
  port: number;
  /** The address to listen on. */
  host: string;
}

/** Measures this process, on a port of its own, which nginx does not serve. */
export async function serveMetrics(
  { port, host }: MetricsConfig,
  service: string,
  logger: Logger,
): Promise<Metrics & Served> {
  const metrics = createMetrics(service);
  const routes = combineRoutes([defineRoutes({ 'GET /metrics': metrics.route }), metrics.inspector.routes]);
  const internal = { routes, checks: [], close: async () => {} };
  return { ...metrics, ...(await serve([internal], { logger, port, host, guard: refuseWebPages })) };
}
