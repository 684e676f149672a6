import { type CleanedEnv, str } from 'envalid';
import { ERASER_GROUP, MEOW_STREAMS, meowCreated } from '../event/meow-events.ts';
import { NATS_DEFAULTS, type NatsConfig } from '../message/nats/config.ts';
import { addresses, integer } from './read-settings.ts';
import { secretReader } from './secret-file.ts';

const HOUR_MS = 3_600_000;

export const natsSpecs = {
  NATS_ADDRESS: addresses(),
  NATS_USER: str({ default: NATS_DEFAULTS.user }),
  NATS_PASSWORD: str({ default: NATS_DEFAULTS.password }),
  NATS_REPLICAS: integer(1, 5)({ default: NATS_DEFAULTS.replicas }),
  NATS_MAX_AGE_HOURS: integer(1, 87_600)({ default: NATS_DEFAULTS.maxAgeMs / HOUR_MS }),
  NATS_MAX_BYTES: integer(1_048_576, Number.MAX_SAFE_INTEGER)({ default: NATS_DEFAULTS.maxBytes }),
  NATS_DISCARD: str({ choices: ['old', 'new'] as const, default: NATS_DEFAULTS.discard }),
  NATS_DUPLICATE_WINDOW_S: integer(1, 86_400)({ default: NATS_DEFAULTS.duplicateWindowMs / 1000 }),
};

export function natsConfig(settings: CleanedEnv<typeof natsSpecs>, env: NodeJS.ProcessEnv = {}): NatsConfig {
  return {
    address: settings.NATS_ADDRESS,
    user: settings.NATS_USER,
    password: settings.NATS_PASSWORD,
    readPassword: secretReader(env, 'NATS_PASSWORD'),
    streams: MEOW_STREAMS,
    exactGroups: [ERASER_GROUP],
    announcedTopics: [meowCreated.name],
    replicas: settings.NATS_REPLICAS,
    maxAgeMs: settings.NATS_MAX_AGE_HOURS * HOUR_MS,
    maxBytes: settings.NATS_MAX_BYTES,
    discard: settings.NATS_DISCARD,
    duplicateWindowMs: settings.NATS_DUPLICATE_WINDOW_S * 1000,
  };
}
