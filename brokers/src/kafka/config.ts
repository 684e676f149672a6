import { HANDLER_TIMEOUT_MS } from '@meower/shared/message/common/defaults.ts';

export interface KafkaConfig {
  /** `host:port`, several separated by commas. */
  address: string;
  /** Of topics that the broker creates: the most members of a group that can share one. Default 4. */
  partitions?: number;
  /** Servers that hold each partition of a created topic. Default 1. */
  replicas?: number;
  /** Where rejected messages of all groups go. Default `dead-letters`. */
  deadLetterTopic?: string;
  /** The group id on the server. Default: the name of the group. */
  groupIdOf?: (group: string, topics: readonly string[]) => string;
  /**
   * A handler running longer than this loses its batch: its member leaves the group until it ends. Default 10
   * minutes.
   */
  handlerTimeoutMs?: number;
  /**
   * The server takes the partitions of a member that was silent for this long. At least 6 s. Default 10 s.
   */
  sessionTimeoutMs?: number;
  /**
   * How often a member reports to the server, and so the longest delay until it notices a new member. Default
   * 1 s.
   */
  heartbeatMs?: number;
  /** Longest wait for an answer of the server. Default 5 s. */
  timeoutMs?: number;
  /** Delay before the next attempt after a failure. Default 1 s. */
  retryMs?: number;
}

export type KafkaSettings = Required<KafkaConfig>;

export const KAFKA_DEFAULTS: Omit<KafkaSettings, 'address'> = {
  partitions: 4,
  replicas: 1,
  deadLetterTopic: 'dead-letters',
  groupIdOf: (group) => group,
  handlerTimeoutMs: HANDLER_TIMEOUT_MS,
  sessionTimeoutMs: 10_000,
  heartbeatMs: 1000,
  timeoutMs: 5000,
  retryMs: 1000,
};

/** What every client of the library gets. It repeats a request twice; further attempts are the caller's. */
export function clientOptions({ address, timeoutMs }: KafkaSettings) {
  return {
    clientId: 'meower',
    bootstrapBrokers: address.split(','),
    connectTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    timeout: timeoutMs,
    retries: 2,
    retryDelay: 100,
  };
}
