import { bool, type CleanedEnv, str, url } from 'envalid';

const protocol = str({ choices: ['http/protobuf', 'http/json'] as const, default: undefined });

/**
 * The standard variables that decide whether and how traces are exported. The SDK reads all others itself: the
 * sampler, headers, limits, the name of the service.
 */
export const tracingSpecs = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url({ default: undefined }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url({ default: undefined }),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
  OTEL_SDK_DISABLED: bool({ default: false }),
  OTEL_TRACES_EXPORTER: str({ choices: ['otlp', 'none'] as const, default: 'otlp' }),
};

export interface TracingConfig {
  protocol: 'http/protobuf' | 'http/json';
}

/** Undefined unless there is an endpoint to export to. */
export function tracingConfig(settings: CleanedEnv<typeof tracingSpecs>): TracingConfig | undefined {
  const endpoint = settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint || settings.OTEL_SDK_DISABLED || settings.OTEL_TRACES_EXPORTER === 'none') return undefined;
  const { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: ofTraces, OTEL_EXPORTER_OTLP_PROTOCOL: ofAll } = settings;
  return { protocol: ofTraces ?? ofAll ?? 'http/protobuf' };
}
