import type { PostgresConfig } from '@meower/shared/db/postgres.ts';
import type { NatsConfig } from '@meower/shared/message/nats/config.ts';
import type { ElasticConfig } from '@meower/shared/search/elastic.ts';
import {
  elasticConfig,
  elasticSpecs,
  natsConfig,
  natsSpecs,
  postgresConfig,
  postgresSpecs,
  processSpecs,
} from '@meower/shared/settings/parts.ts';
import { readSettings } from '@meower/shared/settings/settings.ts';

export interface Config {
  port: number;
  logLevel: string;
  postgres: PostgresConfig;
  nats: NatsConfig;
  elastic: ElasticConfig;
}

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const settings = readSettings(env, { ...processSpecs, ...postgresSpecs, ...natsSpecs, ...elasticSpecs });
  return {
    port: settings.PORT,
    logLevel: settings.LOG_LEVEL,
    postgres: postgresConfig(settings),
    nats: natsConfig(settings),
    elastic: elasticConfig(settings),
  };
}
