import { systemSpecs } from '@meower/brokers/start-system.ts';
import { processSpecs } from '@meower/shared/settings/process.ts';
import { integer, readConfig, someOf } from '@meower/shared/settings/read-settings.ts';
import { readTracing } from '@meower/shared/settings/tracing.ts';
import { str, url } from 'envalid';

/** Each listens on the port after that of the one before it. */
export const SERVICES = ['users', 'points', 'email', 'sms'] as const;
export type ServiceName = (typeof SERVICES)[number];
const BROKERS = ['postgres', 'nats', 'rabbitmq', 'redis', 'http', 'memory'] as const;

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readConfig(env, {
    ...processSpecs,
    ...systemSpecs('user-registration'),
    HOST: str({ default: '127.0.0.1' }),
    /** What this process runs. */
    SERVICES: someOf(SERVICES)({ default: [...SERVICES] }),
    BROKER: str({ choices: BROKERS, default: 'postgres' }),
    TOPIC: str({ default: 'user.registered' }),
    /** Of the broker `http`: base URLs, separated by commas. */
    SUBSCRIBERS: str({ default: undefined }),
    /** Default: mails are files in the data folder. */
    SMTP_URL: url({ default: undefined }),
    MAIL_FROM: str({ default: 'Meower <welcome@meower.example>' }),
    BCRYPT_COST: integer(4, 20)({ default: 11 }),
  });
  return { ...settings, tracing: readTracing(env) };
}
