import { AckPolicy, type ConsumerConfig, DeliverPolicy, type Msg, NatsError, nanos } from 'nats';
import { abortable } from '../lifecycle/abortable.ts';
import type { ConsumeOptions } from './broker.ts';
import { handleBatch, OpenDelivery } from './delivery.ts';
import type { Delivery } from './message.ts';
import { decodeMessage, parseAckSubject } from './nats-codec.ts';
import { publishDeadLetter } from './nats-dead-letters.ts';
import type { Era } from './nats-link.ts';
import { type NatsParts, streamOf } from './nats-parts.ts';
import { NatsPull } from './nats-pull.ts';
import { repeatSessions } from './nats-sessions.ts';
import { redeliveryDelayMs } from './redelivery.ts';

type Handler = (batch: readonly Delivery[]) => Promise<void>;

interface Held {
  delivery: OpenDelivery;
  reply: string;
}

/**
 * One member of a group. It asks for up to `maxBatch` messages ahead, so that the next batch gathers while one is handled,
 * and tells the server that it still works on what it holds.
 */
export class NatsMember {
  readonly #parts: NatsParts;
  readonly #topic: string;
  readonly #group: string;
  readonly #handler: Handler;
  readonly #maxBatch: number;
  readonly #closing = new AbortController();
  readonly #joined = Promise.withResolvers<void>();
  readonly #queue: Held[] = [];
  #handled: Held[] = [];
  #handling: Promise<void> | undefined;
  #gathering: NodeJS.Immediate | undefined;
  /** Its handler does not end: nothing more is taken until it does. */
  #stuck = false;
  #pull: NatsPull | undefined;
  #running: Promise<void> | undefined;
  #signs: NodeJS.Timeout | undefined;

  constructor(
    parts: NatsParts,
    topic: string,
    group: string,
    handler: Handler,
    { maxBatch = 500 }: ConsumeOptions = {},
  ) {
    this.#parts = parts;
    this.#topic = topic;
    this.#group = group;
    this.#handler = handler;
    this.#maxBatch = maxBatch;
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
    await this.#handling;
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
    this.#pull = new NatsPull(
      era,
      { stream, name },
      { onMessage: (msg) => this.#received(msg, epoch), onRoom: () => this.#ask() },
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
    if (!pull || this.#stuck || this.#closing.signal.aborted) return;
    const room = this.#maxBatch - this.#queue.length - pull.outstanding;
    // In lumps, because each request costs a message.
    if (room > 0 && (room >= this.#maxBatch / 2 || pull.outstanding === 0)) pull.request(room);
  }

  #received(msg: Msg, epoch: number): void {
    const reply = msg.reply ?? '';
    const { streamSeq, attempt } = parseAckSubject(reply);
    const seq = epoch + streamSeq;
    const message = { ...decodeMessage(msg.headers, msg.data, String(seq)), seq };
    const delivery: OpenDelivery = new OpenDelivery(message, attempt, {
      ack: () => this.#answer(reply, '+ACK'),
      nack: (delayMs) => this.#answer(reply, nak(delayMs)),
      reject: (reason) => this.#reject(delivery, reply, reason),
    });
    this.#queue.push({ delivery, reply });
    if (this.#stuck) this.#release();
    else this.#gather();
  }

  /** In a turn of the event loop all that came in one piece from the socket has gathered. */
  #gather(): void {
    if (this.#queue.length > 0 && !this.#handling) this.#gathering ??= setImmediate(() => this.#handle());
  }

  #handle(): void {
    this.#gathering = undefined;
    if (this.#closing.signal.aborted || this.#queue.length === 0) return;
    this.#handled = this.#queue.splice(0, this.#maxBatch);
    this.#ask();
    const { settings, logger } = this.#parts;
    this.#handling = handleBatch(
      this.#handled.map(({ delivery }) => delivery),
      this.#handler,
      { timeoutMs: settings.handlerTimeoutMs, onTimeout: () => this.#giveUp(), logger },
    ).finally(() => {
      this.#handling = undefined;
      this.#handled = [];
      this.#stuck = false;
      this.#ask();
      this.#gather();
    });
  }

  #giveUp(): void {
    this.#stuck = true;
    this.#release();
  }

  /** Gives back what waits here, so that others get it at once. */
  #release(): void {
    for (const { delivery } of this.#queue.splice(0)) delivery.nack(0);
  }

  #giveSigns(): void {
    for (const { delivery, reply } of [...this.#handled, ...this.#queue]) {
      if (!delivery.settled) this.#answer(reply, '+WPI');
    }
  }

  /** Without a connection it is not said at all: the message then comes again after `ackWaitMs`. */
  #answer(reply: string, word: string): void {
    const { nc } = this.#parts.link.current ?? {};
    if (nc && !nc.isClosed()) nc.publish(reply, word);
  }

  async #reject(delivery: Delivery, reply: string, reason: string): Promise<void> {
    try {
      await publishDeadLetter(this.#parts, delivery, { topic: this.#topic, group: this.#group }, reason);
      this.#answer(reply, '+TERM');
    } catch (err) {
      this.#parts.logger.error(
        { err, id: delivery.id },
        'a dead letter could not be stored: the message comes again',
      );
      this.#answer(reply, nak(redeliveryDelayMs(delivery.attempt)));
    }
  }
}

function nak(delayMs: number): string {
  return delayMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(Math.round(delayMs)) })}` : '-NAK';
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
