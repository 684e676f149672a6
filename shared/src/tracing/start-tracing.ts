import { randomUUID } from 'node:crypto';
import { context, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Closable } from '../async/closable.ts';
import { errorMessage } from '../process/error-details.ts';
import type { Logger } from '../process/logger.ts';
import type { TracingConfig } from '../settings/tracing.ts';
import { NGINX } from './nginx.ts';
import { RatioSampler } from './ratio-sampler.ts';

// Imports the SDK, which a process loads only while it exports traces: import this module dynamically.

/**
 * Exports the spans of this process, until it is closed. `name`: of the service, unless `OTEL_SERVICE_NAME`
 * is set. Spans that cannot be exported are dropped, and the log says so.
 */
export async function startTracing(
  name: string,
  { protocol, ratio }: TracingConfig,
  logger: Pick<Logger, 'warn'>,
): Promise<Closable> {
  const warn = rareWarning(logger);
  const ignore = () => undefined;
  const toLog = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(toLog, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': name, 'service.instance.id': randomUUID() }))
    .merge(detectResources({ detectors: [envDetector] }));
  const settings = {
    sampler: new RatioSampler(ratio),
    spanProcessors: [new BatchSpanProcessor(await createExporter(protocol))],
  };
  const provider = new BasicTracerProvider({ ...settings, resource });
  const ofNginx = new BasicTracerProvider({
    ...settings,
    resource: resource.merge(resourceFromAttributes({ 'service.name': NGINX })),
  });
  trace.setGlobalTracerProvider({
    getTracer: (scope, ...more) => (scope === NGINX ? ofNginx : provider).getTracer(scope, ...more),
  });
  let closing: Promise<void> | undefined;
  return {
    close() {
      closing ??= provider.shutdown().catch((error: unknown) => warn(errorMessage(error)));
      return closing;
    },
  };
}

async function createExporter(protocol: TracingConfig['protocol']): Promise<SpanExporter> {
  const { OTLPTraceExporter } = await (protocol === 'http/json'
    ? import('@opentelemetry/exporter-trace-otlp-http')
    : import('@opentelemetry/exporter-trace-otlp-proto'));
  return new OTLPTraceExporter();
}

/** How often the log repeats what is wrong: an export fails every few seconds while the receiver is unavailable. */
const REPEAT_MS = 60_000;

function rareWarning(logger: Pick<Logger, 'warn'>): (message: string) => void {
  let silentUntilMs = 0;
  return (message) => {
    if (performance.now() < silentUntilMs) return;
    silentUntilMs = performance.now() + REPEAT_MS;
    logger.warn({ reason: message.slice(0, 1000) }, 'traces are not exported');
  };
}
