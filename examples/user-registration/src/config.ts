import { resolve } from 'node:path';
import { brokerSpecs } from '@meower/brokers/open-broker.ts';
import { postgresUrl } from '@meower/shared/settings/postgres.ts';
import { logLevel, processSpecs } from '@meower/shared/settings/process.ts';
import { integer, readSettings, someOf } from '@meower/shared/settings/read-settings.ts';
import { str, url } from 'envalid';

/** Each listens on the port after that of the one before it. */
export const SERVICES = ['users', 'points', 'email', 'sms'] as const;
const BROKERS = ['postgres', 'nats', 'rabbitmq', 'redis', 'http', 'memory'] as const;
export type ServiceName = (typeof SERVICES)[number];

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readSettings(env, {
    ...processSpecs,
    ...brokerSpecs,
    HOST: str({ default: '127.0.0.1' }),
    LOG_LEVEL: logLevel('warn'),
    /** What this process runs. */
    SERVICES: someOf(SERVICES)({ default: [...SERVICES] }),
    BROKER: str({ choices: BROKERS, default: 'postgres' }),
    TOPIC: str({ default: 'user.registered' }),
    SUBSCRIBERS: str({ default: undefined }),
    DATABASE_URL: postgresUrl({ default: undefined }),
    DATA_DIR: str({ default: '.data/user-registration' }),
    SMTP_URL: url({ default: undefined }),
    MAIL_FROM: str({ default: 'Meower <welcome@meower.example>' }),
    BCRYPT_COST: integer(4, 20)({ default: 11 }),
  });
  return {
    logLevel: settings.LOG_LEVEL,
    services: settings.SERVICES,
    host: settings.HOST,
    /** 0: any free one. */
    portOf: (name: ServiceName) => settings.PORT && settings.PORT + SERVICES.indexOf(name),
    broker: settings.BROKER,
    /** Where the brokers are. */
    addresses: { ...settings, BROKER_DATABASE_URL: settings.BROKER_DATABASE_URL ?? settings.DATABASE_URL },
    topic: settings.TOPIC,
    /** Of the broker `http`: base URLs. */
    subscribers: settings.SUBSCRIBERS?.split(','),
    database: settings.DATABASE_URL,
    dataDir: resolve(settings.DATA_DIR),
    smtpUrl: settings.SMTP_URL,
    mailFrom: settings.MAIL_FROM,
    bcryptCost: settings.BCRYPT_COST,
  };
}
