import { AckPolicy, DeliverPolicy, type Msg, nanos, nuid } from 'nats';
import { abortable } from '../../async/abortable.ts';
import type { SequencedMessage } from '../message.ts';
import { decodeMessage, parseAckSubject } from './codec.ts';
import type { Era } from './connection.ts';
import { type NatsContext, streamOf } from './context.ts';
import { NatsPull } from './pull.ts';
import { repeatSessions } from './sessions.ts';
import type { StreamState } from './streams.ts';

const WINDOW = 1000;
/** The server forgets an abandoned consumer after this. */
const INACTIVE_MS = 30_000;

interface Handlers {
  onMessage: (message: SequencedMessage) => void;
  onReset: () => void;
}

/**
 * Follows a stream through a short-lived consumer of its own, made anew from the last position seen whenever anything is
 * doubtful. The client's ordered consumer begins at "new" again when it is lost before its first message, and cannot tell
 * that the stream was created anew.
 */
export class NatsFollower {
  readonly #parts: NatsContext;
  readonly #topic: string;
  readonly #handlers: Handlers;
  readonly #closing = new AbortController();
  readonly #started = Promise.withResolvers<number>();
  #running: Promise<void> | undefined;
  #pull: NatsPull | undefined;
  /** Where it is: the stream, by its epoch, and the last sequence seen in it. */
  #at: { epoch: number; seq: number } | undefined;

  constructor(parts: NatsContext, topic: string, handlers: Handlers) {
    this.#parts = parts;
    this.#topic = topic;
    this.#handlers = handlers;
  }

  /** Resolves to the position from which it follows; while the broker is away it waits. */
  async start(): Promise<number> {
    const { link, logger } = this.#parts;
    const what = { topic: this.#topic, subscriber: 'follower' };
    this.#running = repeatSessions({ link, closed: this.#closing.signal, logger, what }, (era) =>
      this.#session(era),
    );
    return abortable(this.#started.promise, this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the follower is closed'));
    await this.#pull?.stop();
    await this.#running;
  }

  async #session(era: Era): Promise<void> {
    const stream = streamOf(this.#parts, this.#topic);
    const state = await this.#parts.streams.state(era, stream);
    const at = this.#resume(state);
    this.#started.resolve(at.epoch + at.seq);
    const { name } = await era.jsm.consumers.add(stream, {
      name: `follower-${nuid.next()}`,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: at.seq + 1,
      filter_subject: this.#topic,
      inactive_threshold: nanos(INACTIVE_MS),
      mem_storage: true,
      num_replicas: 1,
    });
    if (this.#closing.signal.aborted) return;
    let deliveries = 0;
    const pull = new NatsPull(
      era,
      { stream, name },
      {
        onMessage: (msg) => {
          const { streamSeq, deliverySeq } = parseAckSubject(msg.reply ?? '');
          if (deliverySeq !== ++deliveries) pull.fail('a message was lost on its way');
          else this.#received(msg, at, streamSeq);
          fill();
        },
        onRoom: () => fill(),
      },
    );
    const fill = () => {
      if (!this.#closing.signal.aborted && pull.outstanding <= WINDOW / 2)
        pull.request(WINDOW - pull.outstanding);
    };
    this.#pull = pull;
    fill();
    await pull.ended;
  }

  /** The place to go on from, after `onReset` when messages between it and the last one seen are gone. */
  #resume({ epoch, first, last }: StreamState): { epoch: number; seq: number } {
    const oldest = Math.max(0, first - 1);
    if (!this.#at) {
      this.#at = { epoch, seq: last };
    } else if (this.#at.epoch !== epoch) {
      this.#reset({ epoch, seq: oldest });
    } else if (this.#at.seq < oldest) {
      this.#reset({ epoch, seq: oldest });
    } else if (this.#at.seq > last) {
      // A server that lost what it had not synced to the disk gives the same numbers to other messages.
      this.#reset({ epoch, seq: last });
    }
    return this.#at;
  }

  #received(msg: Msg, at: { epoch: number; seq: number }, streamSeq: number): void {
    if (streamSeq <= at.seq || this.#closing.signal.aborted) return;
    if (streamSeq > at.seq + 1) this.#guarded(this.#handlers.onReset);
    at.seq = streamSeq;
    const seq = at.epoch + streamSeq;
    const message = { ...decodeMessage(msg.headers, msg.data, String(seq)), seq };
    this.#guarded(() => this.#handlers.onMessage(message));
  }

  #reset(at: { epoch: number; seq: number }): void {
    this.#parts.logger.warn({ topic: this.#topic, from: this.#at, to: at }, 'messages are gone: reset');
    this.#at = at;
    this.#guarded(this.#handlers.onReset);
  }

  #guarded(call: () => void): void {
    try {
      call();
    } catch (err) {
      this.#parts.logger.error(
        { err, topic: this.#topic },
        'a follower failed: it goes on with the next message',
      );
    }
  }
}
