import type { RequestHandler } from 'express';
import type { MeowRepository } from '../db/meow-repository.ts';
import type { Consumer, Publisher } from '../message/capabilities.ts';
import type { TracingConfig } from '../settings/tracing.ts';
import type { TraceFrame, TraceMissedFrames } from './trace-frame.ts';

/** What adds spans to the dependencies of a service. */
export interface Tracing {
  /** See `traceBroker`. */
  broker<B extends Publisher & Consumer>(broker: B, system: string): B;
  repository(repository: MeowRepository): MeowRepository;
  requests?: RequestHandler;
  frame?: TraceFrame;
  missedFrames?: TraceMissedFrames;
}

const NONE: Tracing = { broker: (broker) => broker, repository: (repository) => repository };

/**
 * Without a configuration there are no spans, and the SDK is not loaded. `behindNginx`: whether only nginx reaches the
 * service.
 */
export async function loadTracing(
  config: TracingConfig | undefined,
  { behindNginx = false } = {},
): Promise<Tracing> {
  if (!config) return NONE;
  const { createTracing } = await import('./tracing.ts');
  return createTracing({ ratio: config.ratio, behindNginx });
}
