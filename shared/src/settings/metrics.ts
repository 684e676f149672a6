import { type CleanedEnv, str } from 'envalid';
import type { MetricsConfig } from '../metrics/serve-metrics.ts';
import { integer } from './read-settings.ts';

export const metricsSpecs = {
  METRICS_PORT: integer(0, 65535)({ default: undefined }),
  METRICS_HOST: str({ default: '127.0.0.1' }),
};

/** Undefined without a port: nothing is measured. */
export function metricsConfig(settings: CleanedEnv<typeof metricsSpecs>): MetricsConfig | undefined {
  const { METRICS_PORT: port, METRICS_HOST: host } = settings;
  return port === undefined ? undefined : { port, host };
}
