import type { NatsConfig } from '@meower/shared/message/nats/config.ts';
import { natsConfig, natsSpecs, processSpecs } from '@meower/shared/settings/parts.ts';
import { integer, readSettings } from '@meower/shared/settings/settings.ts';
import type { ClientLimits } from './client.ts';

export interface Config {
  port: number;
  logLevel: string;
  nats: NatsConfig;
  limits: ClientLimits;
  heartbeatMs: number;
  ringSize: number;
}

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const settings = readSettings(env, {
    ...processSpecs,
    ...natsSpecs,
    PUSHER_HEARTBEAT_MS: integer(100, 600_000)({ default: 30_000 }),
    PUSHER_MAX_WAITING_BYTES: integer(1024, 1_073_741_824)({ default: 1_048_576 }),
    PUSHER_MAX_MESSAGES: integer(0, 1_000_000)({ default: 100 }),
    PUSHER_RING_SIZE: integer(1, 1_000_000)({ default: 10_000 }),
  });
  return {
    port: settings.PORT,
    logLevel: settings.LOG_LEVEL,
    nats: natsConfig(settings),
    limits: { maxWaitingBytes: settings.PUSHER_MAX_WAITING_BYTES, maxMessages: settings.PUSHER_MAX_MESSAGES },
    heartbeatMs: settings.PUSHER_HEARTBEAT_MS,
    ringSize: settings.PUSHER_RING_SIZE,
  };
}
