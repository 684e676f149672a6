import type { Msg } from 'nats';
import { abortable } from '../../async/abortable.ts';
import { sleep } from '../../async/sleep.ts';
import type { FollowHandlers, SequencedMessage } from '../capabilities.ts';
import { decodeMessage, onlyGroupOf } from './codec.ts';
import type { JetStreamConnection } from './connection.ts';
import { type NatsContext, streamOf } from './context.ts';
import { readStored, readStream, type Stored } from './reader.ts';
import { repeatSessions } from './sessions.ts';
import { announcedSubject, liveSubject, type StreamState } from './streams.ts';
import { headersOf } from './wire-headers.ts';

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
export function createFollower(
  context: NatsContext,
  topics: readonly string[],
  handlers: FollowHandlers<SequencedMessage>,
) {
  const stream = streamOf(context, topics);
  const closing = new AbortController();
  const started = Promise.withResolvers<number>();
  let running: Promise<void> | undefined;
  /** The stream, by its epoch, and the last sequence seen in it. */
  let position: Position | undefined;

  const session = async (connection: JetStreamConnection) => {
    const ended = AbortSignal.any([connection.lost, closing.signal]);
    const live = subscribeLive(connection, context.settings.streams[stream] ?? []);
    const announced = subscribeToAnnouncements(connection);
    try {
      // What is stored after the server knows the subscriptions has a copy.
      await abortable(connection.nc.flush(), ended);
      await catchUp(connection);
      while (!ended.aborted) {
        const { messages, isLate } = await live.next(ended);
        const missing = deliverAll(messages);
        if (isLate || missing) await catchUp(connection);
      }
    } finally {
      live.close();
      for (const subscription of announced) subscription.unsubscribe();
    }
  };

  /** See `NatsPublisher`. */
  const subscribeToAnnouncements = ({ nc }: JetStreamConnection) =>
    topics.map((topic) => {
      const callback = (_: unknown, msg: Msg) => {
        const headers = headersOf(msg);
        if (closing.signal.aborted || onlyGroupOf(headers) !== undefined) return;
        const unstored = { topic, position: '', publishedAt: new Date(), payload: msg.data };
        handlers.onAnnounced?.(decodeMessage(headers, unstored));
      };
      return nc.subscribe(announcedSubject(topic), { callback });
    });

  /** Delivers messages as long as each directly follows the one before; whether one is missing. */
  const deliverAll = (messages: readonly Msg[]): boolean => {
    if (!position) return true;
    for (const msg of messages) {
      const stored = readStored(msg, position.epoch);
      if (stored.streamSeq > position.seq + 1) return true;
      deliver(stored, position);
    }
    return false;
  };

  /** Delivers what the stream has after the position. */
  const catchUp = async (connection: JetStreamConnection) => {
    const state = await context.streams.state(connection, stream);
    const at = resume(state);
    started.resolve(at.epoch + at.seq);
    while (at.seq < state.last && !closing.signal.aborted) {
      const { seq } = at;
      for (const stored of await readStream(context, stream, at.epoch + seq, PAGE)) deliver(stored, at);
      // The last ones were erased, or the server that was asked does not have them yet.
      if (at.seq === seq) return;
    }
  };

  /**
   * The position to continue from. Calls `onReset` when messages between it and the last one seen are gone.
   */
  const resume = ({ epoch, first, last }: StreamState): Position => {
    const oldest = Math.max(0, first - 1);
    if (!position) {
      position = { epoch, seq: last };
    } else if (position.epoch !== epoch || position.seq < oldest) {
      position = reset({ epoch, seq: oldest });
    } else if (position.seq > last) {
      // A server that lost what it had not synced to disk gives the same sequences to other messages.
      position = reset({ epoch, seq: last });
    }
    return position;
  };

  const deliver = ({ streamSeq, headers, message }: Stored, at: Position) => {
    if (closing.signal.aborted || streamSeq <= at.seq) return;
    at.seq = streamSeq;
    if (topics.includes(message.topic) && onlyGroupOf(headers) === undefined) handlers.onMessage(message);
  };

  const reset = (to: Position): Position => {
    context.logger.warn({ topics, from: position, to }, 'messages are gone: reset');
    handlers.onReset();
    return to;
  };

  return {
    /** Resolves to the number from which it follows. Waits while the broker is unavailable. */
    start(): Promise<number> {
      running = repeatSessions(context, { follower: topics }, closing.signal, session);
      return abortable(started.promise, closing.signal);
    },

    async close(): Promise<void> {
      closing.abort(new Error('the follower is closed'));
      await running;
    },
  };
}

/** The copies of all messages of a stream: a gap in their sequences means that some are missing. */
function subscribeLive({ nc }: JetStreamConnection, subjects: readonly string[]) {
  let waiting: Msg[] = [];
  let wake = () => {};
  const callback = (_: unknown, msg: Msg) => {
    // Anything with a reply subject is from a consumer, which can deliver to any subject.
    if (msg.reply) return;
    if (waiting.length < MAX_WAITING) waiting.push(msg);
    wake();
  };
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
