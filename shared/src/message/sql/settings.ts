import type { Logger } from '../../process/logger.ts';
import { HANDLER_TIMEOUT_MS } from '../common/defaults.ts';

export interface SqlBrokerOptions {
  logger: Logger;
  /**
   * Messages kept. Beyond it the oldest are deleted, also before a group has taken them, which is logged.
   * Default 1,000,000.
   */
  maxMessages?: number;
  /** Bytes kept, as published. Default 1 GiB. */
  maxBytes?: number;
  /** How long messages are kept. Default 7 days. */
  maxAgeMs?: number;
  /** Dead letters kept; further ones are refused. Default 10,000. */
  maxDeadLetters?: number;
  /**
   * Messages of a member are redelivered when it has not extended its lease for this long, e.g. after a
   * crash. Default 10 s.
   */
  leaseMs?: number;
  /** A handler running longer than this loses its batch to the other members. Default 10 minutes. */
  handlerTimeoutMs?: number;
  /** How often new messages are looked for without a notification. Default 1 s. */
  pollIntervalMs?: number;
  /** Delay before the next attempt after a failure of the database. Default 500 ms. */
  retryDelayMs?: number;
  /** How often retention and vacuum run; they also run after every so many messages. Default 1 minute. */
  maintenanceIntervalMs?: number;
}

export type SqlBrokerSettings = Required<SqlBrokerOptions>;

export const DEFAULTS: Omit<SqlBrokerSettings, 'logger'> = {
  maxMessages: 1_000_000,
  maxBytes: 1024 ** 3,
  maxAgeMs: 7 * 24 * 3_600_000,
  maxDeadLetters: 10_000,
  leaseMs: 10_000,
  handlerTimeoutMs: HANDLER_TIMEOUT_MS,
  pollIntervalMs: 1000,
  retryDelayMs: 500,
  maintenanceIntervalMs: 60_000,
};
