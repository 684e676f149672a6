import { AckPolicy, type ConsumerConfig, DeliverPolicy, NatsError, nanos } from 'nats';
import { abortable } from '../../async/abortable.ts';
import type { ConsumeOptions } from '../broker.ts';
import { handleBatch } from '../delivery.ts';
import type { Delivery } from '../message.ts';
import type { Era } from './connection.ts';
import { type NatsContext, streamOf } from './context.ts';
import { HeldMessage } from './held-message.ts';
import { NatsPull } from './pull.ts';
import { repeatSessions } from './sessions.ts';

type Handler = (batch: readonly Delivery[]) => Promise<void>;

/**
 * One member of a group. It asks for up to `maxBatch` messages ahead, so that the next batch gathers while one is handled,
 * and tells the server that it still works on what it holds.
 */
export class NatsMember {
  readonly #parts: NatsContext;
  readonly #topic: string;
  readonly #group: string;
  readonly #handler: Handler;
  readonly #maxBatch: number;
  readonly #maxAtOnce: number;
  readonly #closing = new AbortController();
  readonly #joined = Promise.withResolvers<void>();
  readonly #queue: HeldMessage[] = [];
  readonly #batches = new Map<HeldMessage[], Promise<void>>();
  #gathering: NodeJS.Immediate | undefined;
  /** Calls of the handler that do not end: nothing more is taken until they do. */
  #stuck = 0;
  #pull: NatsPull | undefined;
  #running: Promise<void> | undefined;
  #signs: NodeJS.Timeout | undefined;

  constructor(
    parts: NatsContext,
    topic: string,
    group: string,
    handler: Handler,
    { maxBatch = 500, maxAtOnce = 1 }: ConsumeOptions = {},
  ) {
    this.#parts = parts;
    this.#topic = topic;
    this.#group = group;
    this.#handler = handler;
    this.#maxBatch = maxBatch;
    this.#maxAtOnce = maxAtOnce;
  }

  /** Resolves once the group exists; while the broker is away it waits. */
  async join(): Promise<void> {
    const { link, logger, settings } = this.#parts;
    const what = { topic: this.#topic, group: this.#group };
    this.#signs = setInterval(() => this.#giveSigns(), settings.ackWaitMs / 3);
    this.#running = repeatSessions({ link, closed: this.#closing.signal, logger, what }, (era) =>
      this.#session(era),
    );
    await abortable(this.#joined.promise, this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the subscription is closed'));
    await this.#pull?.stop();
    this.#release();
    await Promise.all(this.#batches.values());
    clearInterval(this.#signs);
    await this.#running;
  }

  async #session(era: Era): Promise<void> {
    const stream = streamOf(this.#parts, this.#topic);
    const { epoch } = await this.#parts.streams.state(era, stream);
    const name = `${this.#group}-${epoch.toString(36)}`;
    await ensureConsumer(era, stream, this.#consumer(name));
    this.#joined.resolve();
    if (this.#closing.signal.aborted) return;
    const from = { topic: this.#topic, group: this.#group };
    this.#pull = new NatsPull(
      era,
      { stream, name },
      {
        onMessage: (msg) => this.#received(new HeldMessage(this.#parts, from, msg, epoch)),
        onRoom: () => this.#ask(),
      },
    );
    this.#ask();
    await this.#pull.ended;
  }

  // The epoch is part of the name, so that a late acknowledgement for a stream that is gone meets no message of the new one.
  #consumer(name: string): Partial<ConsumerConfig> & { durable_name: string } {
    const { ackWaitMs, maxAckPending } = this.#parts.settings;
    return {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      filter_subject: this.#topic,
      ack_wait: nanos(ackWaitMs),
      max_ack_pending: maxAckPending,
      max_deliver: -1,
    };
  }

  #ask(): void {
    const pull = this.#pull;
    if (!pull || this.#stuck > 0 || this.#closing.signal.aborted) return;
    const room = this.#maxBatch - this.#queue.length - pull.outstanding;
    // In lumps, because each request costs a message.
    if (room > 0 && (room >= this.#maxBatch / 2 || pull.outstanding === 0)) pull.request(room);
  }

  #received(message: HeldMessage): void {
    this.#queue.push(message);
    if (this.#stuck > 0) this.#release();
    else this.#gather();
  }

  /** In a turn of the event loop all that came in one piece from the socket has gathered. */
  #gather(): void {
    if (this.#canHandle()) this.#gathering ??= setImmediate(() => this.#handle());
  }

  /** While one batch is handled, the next gathers until it is full. */
  #canHandle(): boolean {
    if (this.#batches.size === 0) return this.#queue.length > 0;
    return this.#batches.size < this.#maxAtOnce && this.#queue.length >= this.#maxBatch;
  }

  #handle(): void {
    this.#gathering = undefined;
    if (this.#closing.signal.aborted || !this.#canHandle()) return;
    const batch = this.#queue.splice(0, this.#maxBatch);
    this.#ask();
    const { settings, logger } = this.#parts;
    let stuck = false;
    const onTimeout = () => {
      stuck = true;
      this.#stuck++;
      this.#release();
    };
    const handling = handleBatch(
      batch.map(({ delivery }) => delivery),
      this.#handler,
      { timeoutMs: settings.handlerTimeoutMs, onTimeout, logger },
    ).finally(() => {
      this.#batches.delete(batch);
      if (stuck) this.#stuck--;
      this.#ask();
      this.#gather();
    });
    this.#batches.set(batch, handling);
  }

  /** Gives back what waits here, so that others get it at once. */
  #release(): void {
    for (const { delivery } of this.#queue.splice(0)) delivery.nack(0);
  }

  #giveSigns(): void {
    for (const message of [...this.#batches.keys(), this.#queue].flat()) message.giveSign();
  }
}

async function ensureConsumer(
  { jsm }: Era,
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
