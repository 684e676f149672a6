import { AckPolicy, type ConsumerConfig, DeliverPolicy, type Msg, NatsError, nanos } from 'nats';
import { abortable } from '../../async/abortable.ts';
import type { BatchHandler, ConsumeOptions } from '../capabilities.ts';
import { CONSUME_DEFAULTS, MAX_ACK_PENDING } from '../common/defaults.ts';
import { MemberQueue } from '../common/member-queue.ts';
import type { NatsSettings } from './config.ts';
import { askRepeatedly, type JetStreamConnection } from './connection.ts';
import { type NatsContext, streamOf } from './context.ts';
import { NatsPull } from './pull.ts';
import { repeatSessions } from './sessions.ts';
import { UnackedMessage } from './unacked-message.ts';

/**
 * One member of a consumer group. Requests up to `maxBatch` messages ahead: the next batch
 * accumulates while one is handled. It extends the server's ack wait for messages that it has received and
 * not settled.
 */
export class NatsMember {
  readonly #context: NatsContext;
  readonly #topics: readonly string[];
  readonly #group: string;
  readonly #maxBatch: number;
  readonly #queue: MemberQueue<UnackedMessage>;
  readonly #closing = new AbortController();
  readonly #joined = Promise.withResolvers<void>();
  #pull: NatsPull | undefined;
  #running: Promise<void> | undefined;
  #ackWaitTimer: NodeJS.Timeout | undefined;

  constructor(
    context: NatsContext,
    topics: readonly string[],
    group: string,
    handler: BatchHandler,
    options?: ConsumeOptions,
  ) {
    const { settings, logger } = context;
    const consume = { ...CONSUME_DEFAULTS, ...options };
    this.#context = context;
    this.#topics = topics;
    this.#group = group;
    this.#maxBatch = consume.maxBatch;
    const { handlerTimeoutMs } = settings;
    const onRoom = () => this.#request();
    this.#queue = new MemberQueue(handler, { consume, handlerTimeoutMs, onRoom, logger });
  }

  /** Resolves once the group exists. Waits while the broker is unavailable. */
  async join(): Promise<void> {
    const { signal } = this.#closing;
    const of = { topics: this.#topics, group: this.#group };
    this.#ackWaitTimer = setInterval(() => this.#extendAckWaits(), this.#context.settings.ackWaitMs / 3);
    this.#running = repeatSessions(this.#context, of, signal, (connection) => this.#session(connection));
    await abortable(this.#joined.promise, signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the subscription is closed'));
    await this.#queue.close(this.#pull?.stop());
    clearInterval(this.#ackWaitTimer);
    await this.#running;
  }

  async #session(connection: JetStreamConnection): Promise<void> {
    const stream = streamOf(this.#context, this.#topics);
    const { epoch } = await this.#context.streams.state(connection, stream);
    const { settings } = this.#context;
    const name = consumerName(settings, this.#group, epoch);
    await ensureConsumer(connection, stream, this.#consumer(stream, name));
    if (settings.exactGroups.includes(this.#group))
      await deleteConsumer(connection, stream, nameWithEpoch(this.#group, epoch));
    this.#joined.resolve();
    if (this.#closing.signal.aborted) return;
    this.#pull = new NatsPull(
      connection,
      { stream, name },
      {
        onMessage: (msg) => this.#received(msg, epoch),
        onRequestEnded: () => this.#request(),
      },
    );
    this.#request();
    await this.#pull.ended;
  }

  #consumer(stream: string, name: string): Partial<ConsumerConfig> & { durable_name: string } {
    const { ackWaitMs, streams } = this.#context.settings;
    return {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ...filterOf(this.#topics, streams[stream] ?? []),
      ack_wait: nanos(ackWaitMs),
      max_ack_pending: MAX_ACK_PENDING,
      max_deliver: -1,
    };
  }

  #request(): void {
    const pull = this.#pull;
    if (!pull || this.#closing.signal.aborted) return;
    const room = this.#queue.room - pull.outstanding;
    // Only larger requests, because each costs a message to the server.
    if (room > 0 && (room >= this.#maxBatch / 2 || pull.outstanding === 0)) pull.request(room);
  }

  #received(msg: Msg, epoch: number): void {
    const message = new UnackedMessage(this.#context, this.#group, msg, epoch);
    if (message.onlyGroup === undefined || message.onlyGroup === this.#group) {
      this.#queue.add(message);
    } else {
      message.delivery.ack();
      this.#request();
    }
  }

  #extendAckWaits(): void {
    for (const message of this.#queue.received) message.extendAckWait();
  }
}

export function consumerName({ exactGroups }: NatsSettings, group: string, epoch: number): string {
  return exactGroups.includes(group) ? group : nameWithEpoch(group, epoch);
}

/** With it, a late acknowledgement for a deleted stream cannot settle a message of the new one. */
function nameWithEpoch(group: string, epoch: number): string {
  return `${group}-${epoch.toString(36)}`;
}

/**
 * Both fields, because an update keeps what it does not name: a group may get more topics, or fewer, and goes
 * on where it was.
 */
function filterOf(topics: readonly string[], subjects: readonly string[]) {
  const filters = subjects.every((subject) => topics.includes(subject)) ? [] : [...topics];
  return filters.length === 1
    ? { filter_subject: filters[0], filter_subjects: [] }
    : { filter_subject: '', filter_subjects: filters };
}

async function ensureConsumer(
  connection: JetStreamConnection,
  stream: string,
  wanted: Partial<ConsumerConfig> & { durable_name: string },
): Promise<void> {
  try {
    await askRepeatedly(connection, (jsm) => jsm.consumers.add(stream, wanted));
  } catch (err) {
    if (!(err instanceof NatsError && err.api_error?.err_code === CONSUMER_EXISTS)) throw err;
    await connection.jsm.consumers.update(stream, wanted.durable_name, wanted);
  }
}

/** With other settings. */
const CONSUMER_EXISTS = 10148;
const CONSUMER_NOT_FOUND = 10014;

/** The consumer of an earlier version: a full stream would wait for it. */
async function deleteConsumer({ jsm }: JetStreamConnection, stream: string, name: string): Promise<void> {
  try {
    await jsm.consumers.delete(stream, name);
  } catch (err) {
    if (!(err instanceof NatsError && err.api_error?.err_code === CONSUMER_NOT_FOUND)) throw err;
  }
}
