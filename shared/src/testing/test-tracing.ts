import type { Closable } from '../async/closable.ts';
import { readSettings } from '../settings/read-settings.ts';
import { type TracingConfig, tracingConfig, tracingSpecs } from '../settings/tracing.ts';
import { startTracing } from '../tracing/start-tracing.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';
import { silentLogger } from './silent-logger.ts';

/** Variables that let a process export its spans to the receiver, soon. */
export function tracingEnv(receiver: OtlpReceiver): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '20',
  };
}

export interface TestTracing extends Closable {
  receiver: OtlpReceiver;
  config: TracingConfig;
}

/** Traces in this process. Once in each: OpenTelemetry keeps the first SDK. `settings`: further variables. */
export async function startTestTracing(settings: Record<string, string> = {}): Promise<TestTracing> {
  const receiver = await startOtlpReceiver();
  const env = { ...tracingEnv(receiver), ...settings };
  Object.assign(process.env, env); // for the SDK, which reads them itself
  const config = tracingConfig(readSettings(env, tracingSpecs)) as TracingConfig; // there is an endpoint
  const tracing = await startTracing('test', config, silentLogger);
  return {
    receiver,
    config,
    async close() {
      await tracing.close();
      for (const name of Object.keys(env)) delete process.env[name];
      await receiver[Symbol.asyncDispose]();
    },
  };
}
