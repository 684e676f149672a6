import type { Tracing } from './load-tracing.ts';
import { traceBroker } from './trace-broker.ts';
import { traceFrame, traceMissedFrames } from './trace-frame.ts';
import { traceRepository } from './trace-repository.ts';
import { traceRequests } from './trace-requests.ts';

// Imports OpenTelemetry: see `loadTracing`.
export const createTracing = (options: Parameters<typeof traceRequests>[0]): Tracing => ({
  broker: traceBroker,
  repository: traceRepository,
  requests: traceRequests(options),
  frame: traceFrame,
  missedFrames: traceMissedFrames,
});
