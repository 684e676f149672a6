import { HANDLER_TIMEOUT_MS } from '@meower/shared/message/common/defaults.ts';
export interface RabbitConfig {
  /** `amqp://user:password@host:port/vhost`. */
  url: string;
  /**
   * Topics of groups whose queues the publisher creates too, so that they get what is published before their
   * first member has come. All members of such a group name the same topics.
   */
  groups?: Readonly<Record<string, readonly string[]>>;
  /** The queue of a group. Default: the name of the group, `:`, and the topics, separated by `+`. */
  queueName?: (group: string, topics: readonly string[]) => string;
  /** Where dead letters are stored. The server keeps the limit of the first declaration. Default `meower.dead`, 10,000. */
  deadLetters?: { queue: string; limit: number };
  /** Larger messages are refused. Default 16 MiB, what the server allows. */
  maxMessageBytes?: number;
  /** Publishing fails when it is not confirmed within this time. Default 5 s. */
  publishTimeoutMs?: number;
  /**
   * A handler running longer than this loses its batch to the other members. Default 10 minutes; the server
   * itself ends the channel of a consumer after 30.
   */
  handlerTimeoutMs?: number;
  /** Longest delay before the next attempt to connect. Default 2 s. */
  longestRetryMs?: number;
  /** The server and this process check the connection so often, in seconds. Default 5. */
  heartbeatS?: number;
}

export type RabbitSettings = Required<RabbitConfig>;

export const RABBIT_DEFAULTS: Omit<RabbitSettings, 'url'> = {
  groups: {},
  queueName: (group, topics) => `${group}:${topics.toSorted().join('+')}`,
  deadLetters: { queue: 'meower.dead', limit: 10_000 },
  maxMessageBytes: 16 * 1024 ** 2,
  publishTimeoutMs: 5000,
  handlerTimeoutMs: HANDLER_TIMEOUT_MS,
  longestRetryMs: 2000,
  heartbeatS: 5,
};
