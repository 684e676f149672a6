import { resolve } from 'node:path';
import { adminConfig, adminSpecs } from '@meower/shared/settings/admin.ts';
import { logLevel, processConfig, processSpecs } from '@meower/shared/settings/process.ts';
import {
  type ProofOfWorkConfig,
  proofOfWorkConfig,
  proofOfWorkSpecs,
} from '@meower/shared/settings/proof-of-work.ts';
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
  /** No proofs of work when absent. */
  proofOfWork?: ProofOfWorkConfig | undefined;
}

const limit = (absent: number) => integer(1, 1_000_000_000)({ default: absent });
const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** The settings of `npm start`. Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const settings = readSettings(env, {
    ...processSpecs,
    ...adminSpecs,
    ...proofOfWorkSpecs,
    LOG_LEVEL: logLevel('warn'),
    HOST: str({ default: '127.0.0.1' }),
    DATA_DIR: str({ default: '.meower' }),
    // As in docker-compose.yaml.
    LIMIT_POSTS: limit(60),
    LIMIT_PROOFS: limit(600),
    LIMIT_SEARCHES: limit(300),
    LIMIT_HANDSHAKES: limit(120),
    LIMIT_READS: limit(1800),
    LIMIT_REQUESTS: limit(100),
    LIMIT_SOCKETS: limit(200),
  });
  const limits: RateLimits = {
    posts: settings.LIMIT_POSTS,
    proofs: settings.LIMIT_PROOFS,
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
    host: settings.HOST,
    admin: adminConfig(settings),
    proofOfWork: proofOfWorkConfig(settings),
    dataDir: resolve(settings.DATA_DIR),
    // Only the machine itself reaches a board on the loopback interface.
    ...(isLimited && { limits }),
  };
}
