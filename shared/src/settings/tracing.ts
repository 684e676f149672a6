import { bool, type CleanedEnv, EnvError, makeValidator, str, url } from 'envalid';
import { readSettings } from './read-settings.ts';

const protocol = str({ choices: ['http/protobuf', 'http/json'] as const, default: undefined });

const SAMPLERS = [
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'always_on',
  'always_off',
  'traceidratio',
] as const;

const ratio = makeValidator<number>((input) => {
  const value = Number(input);
  if (!(value >= 0 && value <= 1)) throw new EnvError(`must be a number from 0 to 1, not "${input}"`);
  return value;
});

/**
 * The standard variables that decide whether, which and how traces are exported. The SDK reads all others itself:
 * headers, limits, the name of the service.
 */
export const tracingSpecs = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url({ default: undefined }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url({ default: undefined }),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
  OTEL_SDK_DISABLED: bool({ default: false }),
  OTEL_TRACES_EXPORTER: str({ choices: ['otlp', 'none'] as const, default: 'otlp' }),
  OTEL_TRACES_SAMPLER: str({ choices: SAMPLERS, default: 'parentbased_always_on' }),
  OTEL_TRACES_SAMPLER_ARG: ratio({ default: 1 }),
};

export interface TracingConfig {
  protocol: 'http/protobuf' | 'http/json';
  /** The share of the traces that are sampled. */
  ratio: number;
}

/** Undefined unless there is an endpoint to export to. */
export function tracingConfig(settings: CleanedEnv<typeof tracingSpecs>): TracingConfig | undefined {
  const endpoint = settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint || settings.OTEL_SDK_DISABLED || settings.OTEL_TRACES_EXPORTER === 'none') return undefined;
  const { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: ofTraces, OTEL_EXPORTER_OTLP_PROTOCOL: ofAll } = settings;
  return { protocol: ofTraces ?? ofAll ?? 'http/protobuf', ratio: ratioOf(settings) };
}

/** As a configuration has it: `tracing: readTracing(env)`. Throws `SettingsError`. */
export function readTracing(env: NodeJS.ProcessEnv): TracingConfig | undefined {
  return tracingConfig(readSettings(env, tracingSpecs));
}

/** With or without parents is the same: see `RatioSampler`. */
function ratioOf({
  OTEL_TRACES_SAMPLER: sampler,
  OTEL_TRACES_SAMPLER_ARG: given,
}: CleanedEnv<typeof tracingSpecs>): number {
  if (sampler.endsWith('traceidratio')) return given;
  return sampler.endsWith('always_on') ? 1 : 0;
}
