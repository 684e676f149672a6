import { elasticConfig, elasticSpecs } from '@meower/shared/settings/elasticsearch.ts';
import { metricsConfig, metricsSpecs } from '@meower/shared/settings/metrics.ts';
import { natsConfig, natsSpecs } from '@meower/shared/settings/nats.ts';
import {
  postgresConfig,
  postgresSpecs,
  readReplicaConfig,
  readReplicaSpecs,
} from '@meower/shared/settings/postgres.ts';
import { processConfig, processSpecs } from '@meower/shared/settings/process.ts';
import { readSettings } from '@meower/shared/settings/read-settings.ts';
import { tracingConfig, tracingSpecs } from '@meower/shared/settings/tracing.ts';

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readSettings(env, {
    ...processSpecs,
    ...tracingSpecs,
    ...postgresSpecs,
    ...readReplicaSpecs,
    ...natsSpecs,
    ...elasticSpecs,
    ...metricsSpecs,
  });
  return {
    ...processConfig(settings),
    metrics: metricsConfig(settings),
    tracing: tracingConfig(settings),
    postgres: postgresConfig(settings, env),
    readReplica: readReplicaConfig(settings),
    nats: natsConfig(settings, env),
    elastic: elasticConfig(settings),
  };
}
