import {
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import type { Logger } from 'pino';
import { BrokerUnavailableError, type StorageReader } from '../capabilities.ts';
import type { NatsSettings } from './config.ts';
import { askRepeatedly, type JetStreamConnection, translateErrors } from './connection.ts';

/** The current state of a stream. The number of a message is `epoch` + its sequence in the stream. */
export interface StreamState {
  /**
   * When it was created, in microseconds: numbers in a recreated stream are greater than all in the old
   * one.
   */
  epoch: number;
  first: number;
  last: number;
  messages: number;
}

type WantedStream = Partial<StreamConfig> & { name: string };

/** The streams that the settings describe: created when they are missing, updated when they differ. */
export class NatsStreams {
  readonly #wanted: Map<string, WantedStream>;
  readonly #logger: Logger;

  constructor(settings: NatsSettings, logger: Logger) {
    this.#wanted = wantedStreams(settings);
    this.#logger = logger;
  }

  /** Creates streams that are missing, updates those that differ: all, or those of some topics. */
  async ensure(connection: JetStreamConnection, topics?: readonly string[]): Promise<void> {
    const { jsm } = connection;
    for (const wanted of this.#wanted.values()) {
      if (topics && !wanted.subjects?.some((subject) => topics.includes(subject))) continue;
      const info = await this.#find(connection, wanted.name);
      if (!info) await this.#create(jsm, wanted);
      else if (differs(info.config, wanted)) await this.#update(jsm, wanted);
    }
  }

  /** The stream's state. Creates the stream when it is missing. Rejects with `BrokerUnavailableError`. */
  async state(connection: JetStreamConnection, stream: string): Promise<StreamState> {
    const findOrCreate = async () =>
      (await this.#find(connection, stream)) ??
      (await this.#create(connection.jsm, this.#wantedStream(stream)));
    const info = await translateErrors(findOrCreate());
    const { first_seq: first, last_seq: last, messages } = info.state;
    return { epoch: epochOf(info), first, last, messages };
  }

  /** As `StorageReader.storage`; without those that are missing or have no limit. */
  async storage(connection: JetStreamConnection): ReturnType<StorageReader['storage']> {
    const infos = await translateErrors(
      Promise.all([...this.#wanted.keys()].map((name) => this.#find(connection, name))),
    );
    return Object.fromEntries(
      infos.flatMap((info) => {
        if (!info || info.config.max_bytes < 0) return [];
        return [[info.config.name, { bytes: info.state.bytes, limitBytes: info.config.max_bytes }]];
      }),
    );
  }

  async #find(connection: JetStreamConnection, stream: string): Promise<StreamInfo | undefined> {
    try {
      return await askRepeatedly(connection, (jsm) => jsm.streams.info(stream), ASK_AGAIN_MS);
    } catch (err) {
      if (err instanceof NatsError && err.api_error?.err_code === STREAM_NOT_FOUND) return undefined;
      throw err;
    }
  }

  async #create(jsm: JetStreamManager, wanted: WantedStream): Promise<StreamInfo> {
    const info = await jsm.streams.add(wanted).catch((cause: unknown) => {
      if (!isRefusedPermission(cause)) throw cause;
      const missing = `the stream ${wanted.name} is missing, and this user may not create it`;
      throw new BrokerUnavailableError(missing, { cause });
    });
    this.#logger.info({ stream: wanted.name }, 'created a missing stream');
    return info;
  }

  async #update(jsm: JetStreamManager, wanted: WantedStream): Promise<void> {
    try {
      await jsm.streams.update(wanted.name, wanted);
      this.#logger.info({ stream: wanted.name }, 'updated the settings of a stream');
    } catch (err) {
      // A user that may do it does it.
      if (isRefusedPermission(err)) return;
      // For example more replicas than the cluster has servers: go on with the old settings.
      this.#logger.error(
        { err, stream: wanted.name },
        'cannot update the settings of a stream: it keeps the old ones',
      );
    }
  }

  #wantedStream(name: string): WantedStream {
    const wanted = this.#wanted.get(name);
    if (!wanted) throw new Error(`the stream ${name} is not configured`);
    return wanted;
  }
}

/** The user of this connection lacks the permission. */
function isRefusedPermission(error: unknown): boolean {
  return error instanceof NatsError && error.isPermissionError();
}

/** Where the server publishes a copy of each message of a topic when it is stored: for followers. */
export function liveSubject(topic: string): string {
  return `live.${topic}`;
}

/** Where a publisher sends what the stream of the topic does not confirm. */
export function announcedSubject(topic: string): string {
  return `announced.${topic}`;
}

const ASK_AGAIN_MS = 250;
const STREAM_NOT_FOUND = 10059;
const DISCARD = { old: DiscardPolicy.Old, new: DiscardPolicy.New };

function wantedStreams(settings: NatsSettings): Map<string, WantedStream> {
  const common = {
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DISCARD[settings.discard],
    num_replicas: settings.replicas,
    // The server refuses a window that is longer than the messages live.
    duplicate_window: nanos(Math.min(settings.duplicateWindowMs, settings.maxAgeMs)),
    allow_direct: true,
  };
  const limits = { max_age: nanos(settings.maxAgeMs), max_bytes: settings.maxBytes };
  const { subject, stream, maxBytes } = settings.deadLetters;
  const all: WantedStream[] = [
    ...Object.entries(settings.streams).map(([name, topics]) => ({
      ...common,
      ...limits,
      name,
      subjects: [...topics],
      republish: { src: '>', dest: liveSubject('>') },
    })),
    {
      ...common,
      name: stream,
      subjects: [subject],
      max_age: 0,
      max_bytes: maxBytes,
      // A dead letter stays until an operator decides: a full stream refuses new ones, and keeps the old
      // ones.
      discard: DiscardPolicy.New,
    },
  ];
  return new Map(all.map((wanted) => [wanted.name, wanted]));
}

function differs(found: StreamConfig, wanted: Partial<StreamConfig>): boolean {
  return Object.entries(wanted).some(
    ([name, value]) => JSON.stringify(found[name as keyof StreamConfig]) !== JSON.stringify(value),
  );
}

/**
 * When a stream was created, in microseconds since 1970: NATS gives it in RFC 3339 with up to nine fractional
 * digits.
 */
export function epochOf({ created }: Pick<StreamInfo, 'created'>): number {
  const fraction = /\.(\d+)/.exec(created)?.[1] ?? '';
  const seconds = Math.floor(Date.parse(created) / 1000);
  return seconds * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
