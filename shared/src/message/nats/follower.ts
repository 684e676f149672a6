import { AckPolicy, type ConsumerConfig, DeliverPolicy, type Msg, nanos, nuid } from 'nats';
import { abortable } from '../../async/abortable.ts';
import type { FollowHandlers, SequencedMessage } from '../capabilities.ts';
import { decodeMessage, onlyGroupOf, parseAckSubject } from './codec.ts';
import { askRepeatedly, type JetStreamConnection } from './connection.ts';
import { type NatsContext, streamOf } from './context.ts';
import { NatsPull } from './pull.ts';
import { repeatSessions } from './sessions.ts';
import type { StreamState } from './streams.ts';
import { headersOf } from './wire-headers.ts';

const WINDOW = 1000;
/** The server deletes an abandoned consumer after this. */
const INACTIVE_MS = 30_000;

/**
 * Follows a stream through a short-lived consumer of its own, recreated from the last position seen after
 * every doubt. The client's ordered consumer starts at "new" again when it is lost before its first message,
 * and does not detect a recreated stream. The consumer has all of the stream: a gap in its sequences
 * means that messages were erased or lost.
 */
export class NatsFollower {
  readonly #context: NatsContext;
  readonly #topics: readonly string[];
  readonly #handlers: FollowHandlers<SequencedMessage>;
  readonly #closing = new AbortController();
  readonly #started = Promise.withResolvers<number>();
  #running: Promise<void> | undefined;
  #pull: NatsPull | undefined;
  /** The stream, by its epoch, and the last sequence seen in it. */
  #position: { epoch: number; seq: number } | undefined;

  constructor(context: NatsContext, topics: readonly string[], handlers: FollowHandlers<SequencedMessage>) {
    this.#context = context;
    this.#topics = topics;
    this.#handlers = handlers;
  }

  /** Resolves to the number from which it follows. Waits while the broker is unavailable. */
  async start(): Promise<number> {
    const { signal } = this.#closing;
    const of = { follower: this.#topics };
    this.#running = repeatSessions(this.#context, of, signal, (connection) => this.#session(connection));
    return abortable(this.#started.promise, signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the follower is closed'));
    await this.#pull?.stop();
    await this.#running;
  }

  async #session(connection: JetStreamConnection): Promise<void> {
    const stream = streamOf(this.#context, this.#topics);
    const state = await this.#context.streams.state(connection, stream);
    const position = this.#resume(state);
    this.#started.resolve(position.epoch + position.seq);
    const name = `follower-${nuid.next()}`;
    const wanted: Partial<ConsumerConfig> = {
      name,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: position.seq + 1,
      inactive_threshold: nanos(INACTIVE_MS),
      mem_storage: true,
      num_replicas: 1,
    };
    await askRepeatedly(connection, (jsm) => jsm.consumers.add(stream, wanted));
    if (this.#closing.signal.aborted) return;
    let deliveries = 0;
    const waiting: Msg[] = [];
    let draining = false;
    const drain = async () => {
      if (draining) return;
      draining = true;
      try {
        for (let msg = waiting.shift(); msg; msg = waiting.shift()) {
          const { streamSeq, publishedAt } = parseAckSubject(msg.reply ?? '');
          if (streamSeq > position.seq + 1) {
            this.#resume(await this.#context.streams.state(connection, stream));
            if (this.#position !== position) throw new Error('messages were lost');
          }
          if (streamSeq > position.seq) this.#received(msg, position, streamSeq, publishedAt);
          fill();
        }
        draining = false;
      } catch (err) {
        pull.fail((err as Error).message);
      }
    };
    const pull = new NatsPull(
      connection,
      { stream, name },
      {
        onMessage: (msg) => {
          const { deliverySeq } = parseAckSubject(msg.reply ?? '');
          waiting.push(msg);
          if (deliverySeq === ++deliveries) void drain();
          else pull.fail('a message was lost in transit');
        },
        onRequestEnded: () => fill(),
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

  /**
   * The position to continue from. Calls `onReset` when messages between it and the last one seen are gone.
   */
  #resume({ epoch, first, last }: StreamState): { epoch: number; seq: number } {
    const oldest = Math.max(0, first - 1);
    if (!this.#position) {
      this.#position = { epoch, seq: last };
    } else if (this.#position.epoch !== epoch || this.#position.seq < oldest) {
      this.#reset({ epoch, seq: oldest });
    } else if (this.#position.seq > last) {
      // A server that lost what it had not synced to disk gives the same sequences to other messages.
      this.#reset({ epoch, seq: last });
    }
    return this.#position;
  }

  #received(msg: Msg, position: { epoch: number; seq: number }, streamSeq: number, publishedAt: Date): void {
    if (this.#closing.signal.aborted) return;
    position.seq = streamSeq;
    const headers = headersOf(msg);
    if (!this.#topics.includes(msg.subject) || onlyGroupOf(headers) !== undefined) return;
    const seq = position.epoch + streamSeq;
    const at = { topic: msg.subject, position: String(seq), publishedAt, payload: msg.data };
    this.#handlers.onMessage({ ...decodeMessage(headers, at), seq });
  }

  #reset(to: { epoch: number; seq: number }): void {
    this.#context.logger.warn({ topics: this.#topics, from: this.#position, to }, 'messages are gone: reset');
    this.#position = to;
    this.#handlers.onReset();
  }
}
