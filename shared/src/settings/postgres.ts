import { type CleanedEnv, EnvError, makeValidator, str } from 'envalid';
import type { PostgresConfig } from '../db/postgres.ts';
import { integer } from './read-settings.ts';
import { secretReader } from './secret-file.ts';

export const postgresSpecs = {
  POSTGRES_DB: str(),
  POSTGRES_USER: str(),
  POSTGRES_PASSWORD: str(),
  POSTGRES_HOST: str({ default: 'postgres' }),
  POSTGRES_PORT: integer(1, 65535)({ default: 5432 }),
  POSTGRES_MAX_CONNECTIONS: integer(1, 1000)({ default: 10 }),
  POSTGRES_TIMEOUT_MS: integer(100, 600_000)({ default: 10_000 }),
};

/** A streaming replica, which answers what only reads. Default: none. */
export const readReplicaSpecs = {
  POSTGRES_READ_HOST: str({ default: undefined }),
  POSTGRES_READ_PORT: integer(1, 65535)({ default: 5432 }),
};

export function readReplicaConfig(settings: CleanedEnv<typeof readReplicaSpecs>) {
  const { POSTGRES_READ_HOST: host, POSTGRES_READ_PORT: port } = settings;
  return host === undefined ? undefined : { host, port };
}

export function postgresConfig(
  settings: CleanedEnv<typeof postgresSpecs>,
  env: NodeJS.ProcessEnv = {},
): PostgresConfig {
  return {
    host: settings.POSTGRES_HOST,
    port: settings.POSTGRES_PORT,
    database: settings.POSTGRES_DB,
    user: settings.POSTGRES_USER,
    password: settings.POSTGRES_PASSWORD,
    readPassword: secretReader(env, 'POSTGRES_PASSWORD'),
    maxConnections: settings.POSTGRES_MAX_CONNECTIONS,
    timeoutMs: settings.POSTGRES_TIMEOUT_MS,
  };
}

/** A database as a URL. The sentence does not repeat a wrong one, which may hold a password. */
export const postgresUrl = makeValidator<PostgresConfig>((input) => {
  const config = parsePostgresUrl(input);
  if (!config) throw new EnvError('must be postgres://user:password@host:port/database');
  return config;
});

export function parsePostgresUrl(input: string): PostgresConfig | undefined {
  const url = URL.parse(input);
  const database = url?.pathname.slice(1);
  if (!url || !database || !url.hostname || !/^postgres(ql)?:$/.test(url.protocol)) return undefined;
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: decodeURIComponent(database),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    maxConnections: 10,
    timeoutMs: 10_000,
  };
}
