import { HANDLER_TIMEOUT_MS } from '@meower/shared/message/common/defaults.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

export interface RedisConfig {
  /** `redis://user:password@host:port`. */
  url: string;
  /** Before the name of each key. Default `meower:`. */
  prefix?: string;
  /** Messages kept in a topic, about: the oldest are deleted, also before a group has taken them. Default 1,000,000. */
  maxMessages?: number;
  /** Dead letters kept; further ones are refused. Default 10,000. */
  maxDeadLetters?: number;
  /** Larger messages are refused. Default 16 MiB. */
  maxMessageBytes?: number;
  /** Messages of a member are redelivered when it has not reported them for this long, e.g. after a crash. Default 10 s. */
  ackWaitMs?: number;
  /** A handler running longer than this loses its batch to the other members. Default 10 minutes. */
  handlerTimeoutMs?: number;
  /** How often messages of other members are looked for that are to be redelivered. Default 1 s. */
  pollIntervalMs?: number;
  /** A command that is not answered within this time has failed. Default 5 s. */
  timeoutMs?: number;
  /** Longest delay before the next attempt to connect. Default 2 s. */
  longestRetryMs?: number;
}

export type RedisSettings = Required<RedisConfig> & { logger: Logger };

export const REDIS_DEFAULTS: Omit<RedisSettings, 'url' | 'logger'> = {
  prefix: 'meower:',
  maxMessages: 1_000_000,
  maxDeadLetters: 10_000,
  maxMessageBytes: 16 * 1024 ** 2,
  ackWaitMs: 10_000,
  handlerTimeoutMs: HANDLER_TIMEOUT_MS,
  pollIntervalMs: 1000,
  timeoutMs: 5000,
  longestRetryMs: 2000,
};
