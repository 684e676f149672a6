import { str } from 'envalid';
import type { PostgresConfig } from '../db/postgres.ts';
import type { NatsConfig } from '../message/nats/config.ts';
import type { ElasticConfig } from '../search/elastic.ts';
import { address, integer } from './settings.ts';

/** The settings that services share, by what they are for. Each has its line in the README's table. */

export const processSpecs = {
  PORT: integer(0, 65535)({ default: 8080 }),
  LOG_LEVEL: str({ choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace'], default: 'info' }),
};

export const postgresSpecs = {
  POSTGRES_DB: str(),
  POSTGRES_USER: str(),
  POSTGRES_PASSWORD: str(),
  POSTGRES_HOST: str({ default: 'postgres' }),
  POSTGRES_PORT: integer(1, 65535)({ default: 5432 }),
  POSTGRES_MAX_CONNECTIONS: integer(1, 1000)({ default: 10 }),
  POSTGRES_TIMEOUT_MS: integer(100, 600_000)({ default: 10_000 }),
};

export const natsSpecs = {
  NATS_ADDRESS: address(),
  NATS_REPLICAS: integer(1, 5)({ default: 1 }),
  NATS_MAX_AGE_HOURS: integer(1, 87_600)({ default: 168 }),
  NATS_MAX_BYTES: integer(1_048_576, Number.MAX_SAFE_INTEGER)({ default: 1_073_741_824 }),
  NATS_DISCARD: str({ choices: ['old', 'new'] as const, default: 'old' }),
  NATS_DUPLICATE_WINDOW_S: integer(1, 86_400)({ default: 600 }),
};

export const elasticSpecs = {
  ELASTICSEARCH_ADDRESS: address(),
  ELASTICSEARCH_INDEX: str({ default: 'meows' }),
  ELASTICSEARCH_REPLICAS: integer(0, 10)({ default: 0 }),
  ELASTICSEARCH_REFRESH_MS: integer(50, 60_000)({ default: 1000 }),
  ELASTICSEARCH_TIMEOUT_MS: integer(100, 600_000)({ default: 12_000 }),
  ELASTICSEARCH_SEARCH_TIMEOUT_MS: integer(50, 60_000)({ default: 2000 }),
};

/** The values that specs like the above read. */
type Values<S> = { [K in keyof S]: S[K] extends { _parse: (input: string) => infer T } ? T : never };

export function postgresConfig(settings: Values<typeof postgresSpecs>): PostgresConfig {
  return {
    host: settings.POSTGRES_HOST,
    port: settings.POSTGRES_PORT,
    database: settings.POSTGRES_DB,
    user: settings.POSTGRES_USER,
    password: settings.POSTGRES_PASSWORD,
    maxConnections: settings.POSTGRES_MAX_CONNECTIONS,
    timeoutMs: settings.POSTGRES_TIMEOUT_MS,
  };
}

export function natsConfig(settings: Values<typeof natsSpecs>): NatsConfig {
  return {
    address: settings.NATS_ADDRESS,
    streams: { 'meow.created': 'MEOW' },
    replicas: settings.NATS_REPLICAS,
    maxAgeMs: settings.NATS_MAX_AGE_HOURS * 3_600_000,
    maxBytes: settings.NATS_MAX_BYTES,
    discard: settings.NATS_DISCARD,
    duplicateWindowMs: settings.NATS_DUPLICATE_WINDOW_S * 1000,
  };
}

export function elasticConfig(settings: Values<typeof elasticSpecs>): ElasticConfig {
  return {
    node: `http://${settings.ELASTICSEARCH_ADDRESS}`,
    alias: settings.ELASTICSEARCH_INDEX,
    replicas: settings.ELASTICSEARCH_REPLICAS,
    refreshInterval: `${settings.ELASTICSEARCH_REFRESH_MS}ms`,
    timeoutMs: settings.ELASTICSEARCH_TIMEOUT_MS,
    searchTimeoutMs: settings.ELASTICSEARCH_SEARCH_TIMEOUT_MS,
  };
}
