/** Where a topic's messages are kept. Each topic has a stream of its own, because positions are those of the stream. */
export type Streams = Readonly<Record<string, string>>;

export interface NatsConfig {
  /** `host:port`, several separated by commas. */
  address: string;
  /** Stream by topic; a topic is its subject. */
  streams: Streams;
  /** Where rejected messages go. Kept without an age limit. Default subject `meow.dead` in stream `MEOW_DEAD`, 256 MiB. */
  deadLetters?: { subject: string; stream: string; maxBytes: number };
  /** How long messages are kept. Default 7 days. */
  maxAgeMs?: number;
  /** Bytes kept in a stream. Default 1 GiB. */
  maxBytes?: number;
  /** When a stream is full: the oldest messages go, or new ones are refused (and wait in the outbox). Default `old`. */
  discard?: 'old' | 'new';
  /** Servers of a cluster that hold each stream. Default 1. */
  replicas?: number;
  /** How long an id is remembered. Default 10 minutes. */
  duplicateWindowMs?: number;
  /** Messages published and not yet confirmed. Default 1024. */
  maxInFlight?: number;
  /** A message not confirmed after this has failed. Default 5 s. */
  publishTimeoutMs?: number;
  /** A member that gives no sign of life for this long loses what it holds. Default 10 s. */
  ackWaitMs?: number;
  /** A handler running longer than this loses its batch to the other members. Default 10 minutes. */
  handlerTimeoutMs?: number;
  /** Messages of a group that may be unsettled or wait to come again. Default 10,000. */
  maxAckPending?: number;
  /** Between two attempts to connect. Default 2 s. */
  retryMs?: number;
  /** How often the connection is tried; three without an answer end it. Default 5 s. */
  pingIntervalMs?: number;
}

export type NatsSettings = Required<NatsConfig>;

export function withDefaults(config: NatsConfig): NatsSettings {
  return {
    deadLetters: { subject: 'meow.dead', stream: 'MEOW_DEAD', maxBytes: 256 * 1024 ** 2 },
    maxAgeMs: 7 * 24 * 3_600_000,
    maxBytes: 1024 ** 3,
    discard: 'old',
    replicas: 1,
    duplicateWindowMs: 600_000,
    maxInFlight: 1024,
    publishTimeoutMs: 5000,
    ackWaitMs: 10_000,
    handlerTimeoutMs: 600_000,
    maxAckPending: 10_000,
    retryMs: 2000,
    pingIntervalMs: 5000,
    ...config,
  };
}
