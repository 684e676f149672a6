import { HANDLER_TIMEOUT_MS } from '../common/defaults.ts';

/** Topics by stream. The topics of a stream have one order; only they can be consumed together. */
type Streams = Readonly<Record<string, readonly string[]>>;

export interface NatsConfig {
  /** `host:port`, several separated by commas. */
  address: string;
  /** Default: no login. The user may subscribe to `_INBOX_<user>.>`, for the server's responses. */
  user?: string;
  password?: string;
  /** The password for each new connection, in place of `password`: it may change. */
  readPassword?: (() => string) | undefined;
  /** A topic is a subject of its stream. */
  streams: Streams;
  /**
   * Where dead letters are stored, without an age limit; refused when full. Default subject `meow.dead` in
   * stream `MEOW_DEAD`, 256 MiB.
   */
  deadLetters?: { subject: string; stream: string; maxBytes: number };
  /**
   * Groups whose consumer has the group's name, so that permissions, which name whole tokens, can distinguish
   * it from others. If a stream is deleted, a late acknowledgement may settle a message of the next one.
   * Default: none.
   */
  exactGroups?: readonly string[];
  /**
   * With `replicas`: followers get messages of these topics also while no server leads the stream, without
   * their place in it. The user may publish to `announced.<topic>`, followers subscribe to it. Default: none.
   */
  announcedTopics?: readonly string[];
  /** How long messages are kept. Default 7 days. */
  maxAgeMs?: number;
  /** Bytes kept in a stream, -1 without a limit. Default 1 GiB. */
  maxBytes?: number;
  /**
   * When a topic's stream is full: `old` deletes the oldest messages, `new` refuses new ones (they stay in
   * the outbox). Default `old`.
   */
  discard?: 'old' | 'new';
  /** Servers of a cluster that hold each stream. Default 1. */
  replicas?: number;
  /** The dedupe window: how long an id is remembered. Default 10 minutes. */
  duplicateWindowMs?: number;
  /** Most messages published and not yet confirmed. Default 1024. */
  maxInFlight?: number;
  /**
   * Publishing a message fails when it is not confirmed within this time. With `replicas`, it is sent again each
   * second. Default 5 s.
   */
  publishTimeoutMs?: number;
  /**
   * The server redelivers an unsettled message when its member has not reported progress for this long.
   * Default 10 s.
   */
  ackWaitMs?: number;
  /** A handler running longer than this loses its batch to the other members. Default 10 minutes. */
  handlerTimeoutMs?: number;
  /** Longest delay before the next attempt to connect; the first is at most 100 ms. Default 2 s. */
  longestRetryMs?: number;
  /** How often the connection is pinged; three pings without an answer end it. Default 2 s. */
  pingIntervalMs?: number;
}

export type NatsSettings = Required<Omit<NatsConfig, 'readPassword'>> & Pick<NatsConfig, 'readPassword'>;

export const NATS_DEFAULTS: Omit<NatsSettings, 'address' | 'streams'> = {
  user: '',
  password: '',
  deadLetters: { subject: 'meow.dead', stream: 'MEOW_DEAD', maxBytes: 256 * 1024 ** 2 },
  exactGroups: [],
  announcedTopics: [],
  maxAgeMs: 7 * 24 * 3_600_000,
  maxBytes: 1024 ** 3,
  discard: 'old',
  replicas: 1,
  duplicateWindowMs: 600_000,
  maxInFlight: 1024,
  publishTimeoutMs: 5000,
  ackWaitMs: 10_000,
  handlerTimeoutMs: HANDLER_TIMEOUT_MS,
  longestRetryMs: 2000,
  pingIntervalMs: 2000,
};
