import { AckPolicy, type ConsumerConfig, DeliverPolicy, type Msg, NatsError, nanos } from 'nats';
import { abortable } from '../../async/abortable.ts';
import type { BatchHandler, ConsumeOptions } from '../capabilities.ts';
import { handleBatch } from '../common/handle-batch.ts';
import type { JetStreamConnection } from './connection.ts';
import { type NatsContext, streamOf } from './context.ts';
import { NatsPull } from './pull.ts';
import { repeatSessions } from './sessions.ts';
import { UnackedMessage } from './unacked-message.ts';

/**
 * One member of a consumer group. Requests up to `maxBatch` messages ahead, so that the next batch
 * accumulates while one is handled, and extends the server's ack wait for messages that it has received and
 * not settled.
 */
export class NatsMember {
  readonly #context: NatsContext;
  readonly #topics: readonly string[];
  readonly #group: string;
  readonly #handler: BatchHandler;
  readonly #maxBatch: number;
  readonly #maxConcurrentBatches: number;
  readonly #eager: boolean;
  readonly #closing = new AbortController();
  readonly #joined = Promise.withResolvers<void>();
  readonly #queue: UnackedMessage[] = [];
  readonly #batches = new Map<UnackedMessage[], Promise<void>>();
  #scheduled: NodeJS.Immediate | undefined;
  /** Handler calls that have timed out and still run: no messages are requested until they end. */
  #stuck = 0;
  #pull: NatsPull | undefined;
  #running: Promise<void> | undefined;
  #ackWaitTimer: NodeJS.Timeout | undefined;

  constructor(
    context: NatsContext,
    topics: readonly string[],
    group: string,
    handler: BatchHandler,
    { maxBatch = 500, maxConcurrentBatches = 1, eager = false }: ConsumeOptions = {},
  ) {
    this.#context = context;
    this.#topics = topics;
    this.#group = group;
    this.#handler = handler;
    this.#maxBatch = maxBatch;
    this.#maxConcurrentBatches = maxConcurrentBatches;
    this.#eager = eager;
  }

  /** Resolves once the group exists. Waits while the broker is unavailable. */
  async join(): Promise<void> {
    const { connector, logger, settings } = this.#context;
    this.#ackWaitTimer = setInterval(() => this.#extendAckWaits(), settings.ackWaitMs / 3);
    this.#running = repeatSessions(
      {
        connector,
        closing: this.#closing.signal,
        logger: logger.child({ topics: this.#topics, group: this.#group }),
      },
      (connection) => this.#session(connection),
    );
    await abortable(this.#joined.promise, this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the subscription is closed'));
    await this.#pull?.stop();
    this.#nackQueue();
    await Promise.all(this.#batches.values());
    clearInterval(this.#ackWaitTimer);
    await this.#running;
  }

  async #session(connection: JetStreamConnection): Promise<void> {
    const stream = streamOf(this.#context, this.#topics);
    const { epoch } = await this.#context.streams.state(connection, stream);
    const name = `${this.#group}-${epoch.toString(36)}`;
    await ensureConsumer(connection, stream, this.#consumer(stream, name));
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

  // The name contains the epoch: a late acknowledgement for a deleted stream cannot settle a message of the
  // new one.
  #consumer(stream: string, name: string): Partial<ConsumerConfig> & { durable_name: string } {
    const { ackWaitMs, maxAckPending } = this.#context.settings;
    return {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ...filterOf(this.#topics, this.#context.settings.streams[stream] ?? []),
      ack_wait: nanos(ackWaitMs),
      max_ack_pending: maxAckPending,
      max_deliver: -1,
    };
  }

  #request(): void {
    const pull = this.#pull;
    if (!pull || this.#stuck > 0 || this.#closing.signal.aborted) return;
    const room = this.#maxBatch - this.#queue.length - pull.outstanding;
    // Only larger requests, because each costs a message to the server.
    if (room > 0 && (room >= this.#maxBatch / 2 || pull.outstanding === 0)) pull.request(room);
  }

  #received(msg: Msg, epoch: number): void {
    const message = new UnackedMessage(this.#context, this.#group, msg, epoch);
    if (message.onlyGroup !== undefined && message.onlyGroup !== this.#group) {
      message.delivery.ack();
      this.#request();
      return;
    }
    this.#queue.push(message);
    if (this.#stuck > 0) this.#nackQueue();
    else this.#schedule();
  }

  /** By the next turn of the event loop, all messages of one read from the socket are in the queue. */
  #schedule(): void {
    if (this.#hasBatch()) this.#scheduled ??= setImmediate(() => this.#handleBatch());
  }

  /** While one batch is handled, the next one has to be full, unless the member is eager. */
  #hasBatch(): boolean {
    const enough = this.#eager || this.#batches.size === 0 ? 1 : this.#maxBatch;
    return this.#batches.size < this.#maxConcurrentBatches && this.#queue.length >= enough;
  }

  #handleBatch(): void {
    this.#scheduled = undefined;
    if (this.#closing.signal.aborted || !this.#hasBatch()) return;
    const batch = this.#queue.splice(0, this.#maxBatch);
    this.#request();
    const { settings, logger } = this.#context;
    let stuck = false;
    const onTimeout = () => {
      stuck = true;
      this.#stuck++;
      this.#nackQueue();
    };
    const handling = handleBatch(
      batch.map(({ delivery }) => delivery),
      this.#handler,
      { timeoutMs: settings.handlerTimeoutMs, onTimeout, logger },
    ).finally(() => {
      this.#batches.delete(batch);
      if (stuck) this.#stuck--;
      this.#request();
      this.#schedule();
    });
    this.#batches.set(batch, handling);
  }

  /** Makes the messages that wait here available to other members immediately. */
  #nackQueue(): void {
    for (const { delivery } of this.#queue.splice(0)) delivery.nack(0);
  }

  #extendAckWaits(): void {
    for (const message of [...this.#batches.keys(), this.#queue].flat()) message.extendAckWait();
  }
}

/**
 * Both fields, because an update keeps what it does not name: a group may get more topics, or fewer, and goes
 * on where it was.
 */
function filterOf(topics: readonly string[], subjects: readonly string[]) {
  const [topic = ''] = topics;
  if (subjects.every((subject) => topics.includes(subject)))
    return { filter_subject: '', filter_subjects: [] };
  return topics.length === 1
    ? { filter_subject: topic, filter_subjects: [] }
    : { filter_subject: '', filter_subjects: [...topics] };
}

async function ensureConsumer(
  { jsm }: JetStreamConnection,
  stream: string,
  wanted: Partial<ConsumerConfig> & { durable_name: string },
): Promise<void> {
  try {
    await jsm.consumers.add(stream, wanted);
  } catch (err) {
    if (!(err instanceof NatsError && err.api_error?.err_code === CONSUMER_EXISTS)) throw err;
    await jsm.consumers.update(stream, wanted.durable_name, wanted);
  }
}

/** With other settings. */
const CONSUMER_EXISTS = 10148;
