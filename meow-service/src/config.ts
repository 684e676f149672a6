import type { PostgresConfig } from '@meower/shared/db/postgres.ts';
import type { NatsConfig } from '@meower/shared/message/nats/config.ts';
import {
  natsConfig,
  natsSpecs,
  postgresConfig,
  postgresSpecs,
  processSpecs,
} from '@meower/shared/settings/parts.ts';
import { integer, readSettings } from '@meower/shared/settings/settings.ts';

export interface Config {
  port: number;
  logLevel: string;
  postgres: PostgresConfig;
  nats: NatsConfig;
  relay: { graceMs: number; sweepIntervalMs: number };
}

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const settings = readSettings(env, {
    ...processSpecs,
    ...postgresSpecs,
    ...natsSpecs,
    OUTBOX_GRACE_MS: integer(0, 600_000)({ default: 5000 }),
    OUTBOX_SWEEP_MS: integer(10, 600_000)({ default: 1000 }),
  });
  return {
    port: settings.PORT,
    logLevel: settings.LOG_LEVEL,
    postgres: postgresConfig(settings),
    nats: natsConfig(settings),
    relay: { graceMs: settings.OUTBOX_GRACE_MS, sweepIntervalMs: settings.OUTBOX_SWEEP_MS },
  };
}
