import { resolve } from 'node:path';
import { adminConfig, adminSpecs } from '@meower/shared/settings/admin.ts';
import { logLevel, processConfig, processSpecs } from '@meower/shared/settings/process.ts';
import { integer, readSettings } from '@meower/shared/settings/read-settings.ts';
import { str } from 'envalid';
import type { RateLimits } from './rate-limits.ts';

export interface Config {
  port: number;
  /** The address to listen on. */
  host: string;
  logLevel: string;
  admin: ReturnType<typeof adminConfig>;
  /** Absolute path of the folder that holds the meows. */
  dataDir: string;
  /** No limits when absent. */
  limits?: RateLimits;
}

const limit = () => integer(1, 1_000_000_000)({ default: undefined });
/** As in docker-compose.yaml. */
const LIMITS: RateLimits = {
  posts: 60,
  searches: 300,
  handshakes: 120,
  reads: 1800,
  requests: 100,
  sockets: 200,
};
const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** The settings of `npm start`. Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const settings = readSettings(env, {
    ...processSpecs,
    ...adminSpecs,
    LOG_LEVEL: logLevel('warn'),
    HOST: str({ default: '127.0.0.1' }),
    DATA_DIR: str({ default: '.meower' }),
    LIMIT_POSTS: limit(),
    LIMIT_SEARCHES: limit(),
    LIMIT_HANDSHAKES: limit(),
    LIMIT_READS: limit(),
    LIMIT_REQUESTS: limit(),
    LIMIT_SOCKETS: limit(),
  });
  const given = Object.entries(LIMITS).map(([name, absent]) => {
    const value = settings[`LIMIT_${name.toUpperCase() as Uppercase<keyof RateLimits>}`];
    return [name, value ?? absent] as const;
  });
  const isLimited =
    !LOOPBACK.test(settings.HOST) || Object.keys(env).some((name) => name.startsWith('LIMIT_'));
  return {
    ...processConfig(settings),
    host: settings.HOST,
    admin: adminConfig(settings),
    dataDir: resolve(settings.DATA_DIR),
    // Only the machine itself reaches a board on the loopback interface.
    ...(isLimited && { limits: Object.fromEntries(given) as unknown as RateLimits }), // all of its names
  };
}
