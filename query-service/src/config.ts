import { elasticConfig, elasticSpecs } from '@meower/shared/settings/elasticsearch.ts';
import {
  postgresConfig,
  postgresSpecs,
  readReplicaConfig,
  readReplicaSpecs,
} from '@meower/shared/settings/postgres.ts';
import { readSettings } from '@meower/shared/settings/read-settings.ts';
import { serviceConfig, serviceSpecs } from '@meower/shared/settings/service.ts';

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readSettings(env, {
    ...serviceSpecs,
    ...postgresSpecs,
    ...readReplicaSpecs,
    ...elasticSpecs,
  });
  return {
    ...serviceConfig(settings, env),
    postgres: postgresConfig(settings, env),
    readReplica: readReplicaConfig(settings),
    elastic: elasticConfig(settings),
  };
}
