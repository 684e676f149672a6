import { origins } from '@meower/shared/settings/origins.ts';
import { integer, readSettings } from '@meower/shared/settings/read-settings.ts';
import { serviceConfig, serviceSpecs } from '@meower/shared/settings/service.ts';
import { PUSHER_DEFAULTS } from './service.ts';

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const { heartbeatMs, ringSize, limits } = PUSHER_DEFAULTS;
  const settings = readSettings(env, {
    ...serviceSpecs,
    // Pages take a longer silence for a dead connection.
    PUSHER_HEARTBEAT_MS: integer(100, 10_000)({ default: heartbeatMs }),
    PUSHER_MAX_WAITING_BYTES: integer(1024, 1_073_741_824)({ default: limits.maxWaitingBytes }),
    PUSHER_MAX_MESSAGES: integer(0, 1_000_000)({ default: limits.maxMessages }),
    PUSHER_MAX_RECEIVED_BYTES: integer(1024, 1_073_741_824)({ default: limits.maxReceivedBytes }),
    SOCKET_ORIGINS: origins({ default: PUSHER_DEFAULTS.origins }),
    PUSHER_RING_SIZE: integer(1, 1_000_000)({ default: ringSize }),
  });
  return {
    ...serviceConfig(settings, env),
    limits: {
      maxWaitingBytes: settings.PUSHER_MAX_WAITING_BYTES,
      maxMessages: settings.PUSHER_MAX_MESSAGES,
      maxReceivedBytes: settings.PUSHER_MAX_RECEIVED_BYTES,
    },
    origins: settings.SOCKET_ORIGINS,
    heartbeatMs: settings.PUSHER_HEARTBEAT_MS,
    ringSize: settings.PUSHER_RING_SIZE,
  };
}
