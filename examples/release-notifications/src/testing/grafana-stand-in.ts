import type { Closable } from '@meower/shared/async/closable.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import type { Annotation } from '../receivers/grafana.ts';
import { grafanaRoutes } from '../stand-ins/grafana.ts';

export interface GrafanaStandIn extends Closable {
  readonly url: URL;
  readonly annotations: readonly Annotation[];
}

/** The embedded stand-in, on a server of its own, so that a test sees the annotations. */
export async function startGrafanaStandIn(port: number): Promise<GrafanaStandIn> {
  const annotations: Annotation[] = [];
  const routes = grafanaRoutes(annotations, silentLogger);
  const service = { routes, checks: [], close: async () => {} };
  const served = await serve([service], { logger: silentLogger, port, host: '127.0.0.1' });
  return { url: new URL(`http://127.0.0.1:${served.port}`), annotations, close: served.close };
}
