import type { CleanedEnv } from 'envalid';
import { metricsConfig, metricsSpecs } from './metrics.ts';
import { natsConfig, natsSpecs } from './nats.ts';
import { processConfig, processSpecs } from './process.ts';
import { tracingConfig, tracingSpecs } from './tracing.ts';

/** The settings that every service has. */
export const serviceSpecs = { ...processSpecs, ...tracingSpecs, ...metricsSpecs, ...natsSpecs };

export function serviceConfig(settings: CleanedEnv<typeof serviceSpecs>, env: NodeJS.ProcessEnv) {
  return {
    ...processConfig(settings),
    metrics: metricsConfig(settings),
    tracing: tracingConfig(settings),
    nats: natsConfig(settings, env),
  };
}
