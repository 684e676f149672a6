import { resolve } from 'node:path';
import type { AllowedOrigins } from '@meower/shared/http/allowed-origins.ts';
import { adminConfig, adminSpecs } from '@meower/shared/settings/admin.ts';
import { metricsConfig, metricsSpecs } from '@meower/shared/settings/metrics.ts';
import {
  type ModerationConfig,
  moderationConfig,
  moderationSpecs,
} from '@meower/shared/settings/moderation.ts';
import { origins } from '@meower/shared/settings/origins.ts';
import { logLevel, processConfig, processSpecs } from '@meower/shared/settings/process.ts';
import {
  type ProofOfWorkConfig,
  proofOfWorkConfig,
  proofOfWorkSpecs,
} from '@meower/shared/settings/proof-of-work.ts';
import { integer, readSettings } from '@meower/shared/settings/read-settings.ts';
import { type TracingConfig, tracingConfig, tracingSpecs } from '@meower/shared/settings/tracing.ts';
import { str } from 'envalid';
import type { RateLimits } from './rate-limits.ts';

export interface Config {
  port: number;
  /** The address to listen on. */
  host: string;
  logLevel: string;
  tracing?: TracingConfig | undefined;
  admin: ReturnType<typeof adminConfig>;
  /** Nothing is measured when absent. */
  metrics?: ReturnType<typeof metricsConfig>;
  /** Absolute path of the folder that holds the meows. */
  dataDir: string;
  /** No limits when absent. */
  limits?: RateLimits;
  /** No proofs of work when absent. */
  proofOfWork?: ProofOfWorkConfig | undefined;
  moderation?: ModerationConfig;
  /** Pages that may open WebSockets. All when absent. */
  socketOrigins?: AllowedOrigins;
}

/** As in nginx/check-settings.sh. */
const limit = (absent: number, largest = 1_000_000_000) => integer(1, largest)({ default: absent });
const MAX_CONNECTIONS = 65_535;
const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** The settings of `npm start`. Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const settings = readSettings(env, {
    ...processSpecs,
    ...tracingSpecs,
    ...adminSpecs,
    ...metricsSpecs,
    ...proofOfWorkSpecs,
    ...moderationSpecs,
    SOCKET_ORIGINS: origins({ default: new Set(['*']) }),
    LOG_LEVEL: logLevel('warn'),
    // Any free one, which the data folder names for `npm run status`.
    METRICS_PORT: integer(0, 65535)({ default: 0 }),
    HOST: str({ default: '127.0.0.1' }),
    DATA_DIR: str({ default: '.meower' }),
    // As in docker-compose.yaml.
    LIMIT_POSTS: limit(60),
    LIMIT_PROOFS: limit(600),
    LIMIT_REPORTS: limit(10),
    LIMIT_SEARCHES: limit(300),
    LIMIT_HANDSHAKES: limit(120),
    LIMIT_READS: limit(1800),
    LIMIT_REQUESTS: limit(100, MAX_CONNECTIONS),
    LIMIT_SOCKETS: limit(200, MAX_CONNECTIONS),
  });
  const limits: RateLimits = {
    posts: settings.LIMIT_POSTS,
    proofs: settings.LIMIT_PROOFS,
    reports: settings.LIMIT_REPORTS,
    searches: settings.LIMIT_SEARCHES,
    handshakes: settings.LIMIT_HANDSHAKES,
    reads: settings.LIMIT_READS,
    requests: settings.LIMIT_REQUESTS,
    sockets: settings.LIMIT_SOCKETS,
  };
  const isLimited =
    !LOOPBACK.test(settings.HOST) || Object.keys(env).some((name) => name.startsWith('LIMIT_'));
  return {
    ...processConfig(settings),
    tracing: tracingConfig(settings),
    host: settings.HOST,
    admin: adminConfig(settings),
    metrics: metricsConfig(settings),
    proofOfWork: proofOfWorkConfig(settings),
    moderation: moderationConfig(settings),
    socketOrigins: settings.SOCKET_ORIGINS,
    dataDir: resolve(settings.DATA_DIR),
    // Only the machine itself reaches a board on the loopback interface.
    ...(isLimited && { limits }),
  };
}
