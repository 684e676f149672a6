import type { Msg } from 'nats';
import { abortable } from '../../async/abortable.ts';
import { sleep } from '../../async/sleep.ts';
import type { FollowHandlers, SequencedMessage } from '../capabilities.ts';
import { onlyGroupOf } from './codec.ts';
import type { JetStreamConnection } from './connection.ts';
import { type NatsContext, streamOf } from './context.ts';
import { readStored, readStream, type Stored } from './reader.ts';
import { repeatSessions } from './sessions.ts';
import { liveSubject, type StreamState } from './streams.ts';

/** Live messages that may wait. With more, all are dropped and read from the stream. */
const MAX_WAITING = 10_000;
const PAGE = 1000;
/** How often the stream is compared with what came. */
const CHECK_MS = 2000;

interface Position {
  epoch: number;
  seq: number;
}

/**
 * Follows a stream by the copies that the server publishes of each message when it is stored. They may be
 * lost: what a gap in their sequences leaves out is read from the stream, and so is what is there without
 * a copy. It needs no consumer, and so no right to create one: such a right would extend to the
 * consumers of others, and to where messages are sent.
 */
export class NatsFollower {
  readonly #context: NatsContext;
  readonly #topics: readonly string[];
  readonly #handlers: FollowHandlers<SequencedMessage>;
  readonly #closing = new AbortController();
  readonly #started = Promise.withResolvers<number>();
  #running: Promise<void> | undefined;
  /** The stream, by its epoch, and the last sequence seen in it. */
  #position: Position | undefined;

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
    await this.#running;
  }

  async #session(connection: JetStreamConnection): Promise<void> {
    const stream = streamOf(this.#context, this.#topics);
    const ended = AbortSignal.any([connection.lost, this.#closing.signal]);
    const live = this.#subscribe(connection, stream);
    try {
      // What is stored after the server knows the subscriptions has a copy.
      await abortable(connection.nc.flush(), ended);
      await this.#catchUp(connection, stream);
      while (!ended.aborted) {
        const { messages, isLate } = await live.next(ended);
        const missing = this.#deliverAll(messages);
        if (isLate || missing) await this.#catchUp(connection, stream);
      }
    } finally {
      live.close();
    }
  }

  /** The copies of all messages of the stream: a gap in their sequences means that some are missing. */
  #subscribe({ nc }: JetStreamConnection, stream: string) {
    let waiting: Msg[] = [];
    let wake = () => {};
    const callback = (_: unknown, msg: Msg) => {
      // Anything with a reply subject is from a consumer, which can deliver to any subject.
      if (msg.reply) return;
      if (waiting.length < MAX_WAITING) waiting.push(msg);
      wake();
    };
    const subjects = this.#context.settings.streams[stream] ?? [];
    const subscriptions = subjects.map((subject) => nc.subscribe(liveSubject(subject), { callback }));
    let checkedAtMs = performance.now();
    return {
      /** Resolves when messages have come, or when it is time to compare. */
      async next(ended: AbortSignal): Promise<{ messages: Msg[]; isLate: boolean }> {
        const remainingMs = checkedAtMs + CHECK_MS - performance.now();
        if (waiting.length === 0 && remainingMs > 0) {
          const woken = new AbortController();
          wake = () => woken.abort();
          await sleep(remainingMs, AbortSignal.any([ended, woken.signal]));
          wake = () => {};
        }
        const isLate = performance.now() >= checkedAtMs + CHECK_MS;
        if (isLate) checkedAtMs = performance.now();
        const messages = waiting;
        waiting = [];
        return { messages, isLate: isLate || messages.length === MAX_WAITING };
      },
      close() {
        for (const subscription of subscriptions) subscription.unsubscribe();
      },
    };
  }

  /** Delivers messages as long as each directly follows the one before; whether one is missing. */
  #deliverAll(messages: readonly Msg[]): boolean {
    const position = this.#position;
    if (!position) return true;
    for (const msg of messages) {
      const stored = readStored(msg, position.epoch);
      if (stored.streamSeq > position.seq + 1) return true;
      this.#deliver(stored, position);
    }
    return false;
  }

  /** Delivers what the stream has after the position. */
  async #catchUp(connection: JetStreamConnection, stream: string): Promise<void> {
    const state = await this.#context.streams.state(connection, stream);
    const position = this.#resume(state);
    this.#started.resolve(position.epoch + position.seq);
    while (position.seq < state.last && !this.#closing.signal.aborted) {
      const page = await readStream(this.#context, stream, position.epoch + position.seq, PAGE);
      const { seq } = position;
      for (const stored of page) this.#deliver(stored, position);
      // The last ones were erased, or the server that was asked does not have them yet.
      if (position.seq === seq) return;
    }
  }

  /**
   * The position to continue from. Calls `onReset` when messages between it and the last one seen are gone.
   */
  #resume({ epoch, first, last }: StreamState): Position {
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

  #deliver({ streamSeq, headers, message }: Stored, position: Position): void {
    if (this.#closing.signal.aborted || streamSeq <= position.seq) return;
    position.seq = streamSeq;
    if (this.#topics.includes(message.topic) && onlyGroupOf(headers) === undefined)
      this.#handlers.onMessage(message);
  }

  #reset(to: Position): void {
    this.#context.logger.warn({ topics: this.#topics, from: this.#position, to }, 'messages are gone: reset');
    this.#position = to;
    this.#handlers.onReset();
  }
}
