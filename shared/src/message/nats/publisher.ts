import { ErrorCode, type Msg, NatsError } from 'nats';
import { abortable } from '../../async/abortable.ts';
import { backoffMs } from '../../async/backoff.ts';
import { sleep } from '../../async/sleep.ts';
import { BrokerUnavailableError, RefusedError } from '../capabilities.ts';
import type { NatsSettings } from './config.ts';
import { type JetStreamConnection, type NatsConnector, translateErrors } from './connection.ts';
import { announcedSubject } from './streams.ts';
import { type Headers, toWire } from './wire-headers.ts';

interface EncodedMessage {
  subject: string;
  headers: Headers;
  payload: Uint8Array;
}

/** What a failed publication may need. */
interface StreamRepair {
  /** Creates the stream of these topics if it is missing. */
  ensure(connection: JetStreamConnection, topics: readonly string[]): Promise<void>;
  /** Rejects when the full stream of these topics has to stay as it is. */
  makeRoom(connection: JetStreamConnection, topics: readonly string[]): Promise<void>;
}

type PublisherSettings = Pick<
  NatsSettings,
  'maxInFlight' | 'publishTimeoutMs' | 'replicas' | 'announcedTopics'
>;

interface InFlight {
  deadlineMs: number;
  settle: (failure?: Error) => void;
}

/**
 * Publishes with acknowledgement. One reply subscription and one timer serve all messages, because a request
 * with a timer each, as the client's own `publish` makes, is what limits the rate.
 *
 * A cluster that has lost the leader of a stream stores nothing until it has elected another, for 4 to 9 s. What
 * was sent to the lost one is sent again, and followers get a copy directly, without the stream.
 */
export class NatsPublisher {
  readonly #connector: NatsConnector;
  readonly #settings: PublisherSettings;
  readonly #streams: StreamRepair;
  readonly #isReplicated: boolean;
  readonly #confirmTimeoutMs: number;
  readonly #inFlight = new Map<string, InFlight>();
  /** Calls that wait for capacity, in order. */
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  /** The connection that `#inbox` is subscribed on. */
  #subscribed: JetStreamConnection | undefined;
  #inbox = '';
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #calls = new Set<Promise<void>>();
  /** By subjects. */
  readonly #ensuring = new Map<string, Promise<void>>();

  constructor(connector: NatsConnector, settings: PublisherSettings, streams: StreamRepair) {
    this.#connector = connector;
    this.#settings = settings;
    this.#streams = streams;
    this.#isReplicated = settings.replicas > 1;
    const { publishTimeoutMs } = settings;
    this.#confirmTimeoutMs = this.#isReplicated
      ? Math.min(SEND_AGAIN_MS, publishTimeoutMs)
      : publishTimeoutMs;
  }

  /** Resolves when all are stored. Rejects with the first failure; the others may be stored. */
  publish(messages: readonly EncodedMessage[]): Promise<void> {
    const call = this.#publish(messages).finally(() => this.#calls.delete(call));
    this.#calls.add(call);
    return call;
  }

  /** Resolves when the calls made so far have ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#calls);
  }

  async #publish(messages: readonly EncodedMessage[]): Promise<void> {
    const deadlineMs = performance.now() + this.#settings.publishTimeoutMs;
    let announcing: Promise<void> | undefined;
    const settled = new AbortController();
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#connection(deadlineMs);
          return await this.#publishOnce(messages);
        } catch (err) {
          // Messages of the call that are stored already are skipped by the dedupe window.
          if (!(err instanceof TransientError) || performance.now() > deadlineMs) throw err;
          if (this.#isReplicated && !(err instanceof StreamFullError))
            announcing ??= this.#announce(messages, settled.signal);
          if (await this.#repair(err, messages, deadlineMs)) continue;
          await sleep(backoffMs(attempt, RETRY));
        }
      }
    } finally {
      settled.abort();
      await announcing;
    }
  }

  /** Whether the message should be sent again immediately. */
  async #repair(
    err: TransientError,
    messages: readonly EncodedMessage[],
    deadlineMs: number,
  ): Promise<boolean> {
    const connection = await this.#connection(deadlineMs);
    const subjects = subjectsOf(messages);
    if (err instanceof StreamMissingError)
      await this.#ensure(connection, subjects).catch((cause: unknown) => {
        // A cluster answers only with a leader: the message is sent again until its deadline.
        if (!this.#isReplicated) throw cause;
      });
    if (!(err instanceof StreamFullError)) return false;
    await translateErrors(this.#streams.makeRoom(connection, subjects));
    return true;
  }

  /** Waits for one of the other servers of a cluster. Throws `BrokerUnavailableError` with the problem. */
  async #connection(deadlineMs: number): Promise<JetStreamConnection> {
    if (this.#isReplicated && !this.#connector.current) {
      const leftMs = Math.ceil(Math.max(0, deadlineMs - performance.now()));
      // Otherwise the next line throws.
      await abortable(this.#connector.connected(), AbortSignal.timeout(leftMs)).catch(() => undefined);
    }
    return this.#connector.get();
  }

  /** Calls share it: while there is no leader, each of them finds the stream missing. */
  #ensure(connection: JetStreamConnection, subjects: readonly string[]): Promise<void> {
    const key = subjects.join();
    const ensuring =
      this.#ensuring.get(key) ??
      translateErrors(this.#streams.ensure(connection, subjects)).finally(() => this.#ensuring.delete(key));
    this.#ensuring.set(key, ensuring);
    return ensuring;
  }

  /** Repeatedly, because followers may have lost the same server, and may be back later. */
  async #announce(messages: readonly EncodedMessage[], settled: AbortSignal): Promise<void> {
    const announced = messages.filter(({ subject }) => this.#settings.announcedTopics.includes(subject));
    for (const pauseMs of ANNOUNCE_AFTER_MS) {
      await sleep(pauseMs, settled);
      const nc = this.#connector.current?.nc;
      if (settled.aborted) return;
      if (!nc || nc.isClosed()) continue;
      for (const { subject, headers, payload } of announced)
        nc.publish(announcedSubject(subject), payload, { headers: toWire(headers) });
    }
  }

  async #publishOnce(messages: readonly EncodedMessage[]): Promise<void> {
    const done = Promise.withResolvers<void>();
    done.promise.catch(() => {}); // it may reject while this call waits for capacity
    let failure: Error | undefined;
    let open = messages.length;
    const settle = (err?: Error) => {
      failure ??= err;
      if (--open === 0 || err) failure ? done.reject(failure) : done.resolve();
    };
    if (open === 0) done.resolve();
    try {
      for (const message of messages) {
        while (this.#isFull()) {
          const turn = Promise.withResolvers<void>();
          this.#waiting.push(turn);
          await turn.promise;
        }
        if (failure) break;
        this.#send(this.#subscribedConnection(), message, settle);
      }
    } finally {
      // A call that ends without using the capacity that it was woken for wakes the next one.
      if (!this.#isFull()) this.#waiting.shift()?.resolve();
    }
    await done.promise;
  }

  #isFull(): boolean {
    return this.#inFlight.size >= this.#settings.maxInFlight;
  }

  #subscribedConnection(): JetStreamConnection {
    const connection = this.#connector.get();
    if (connection !== this.#subscribed) {
      this.#subscribed = connection;
      this.#inbox = connection.newInbox();
      connection.nc.subscribe(`${this.#inbox}.*`, {
        callback: (_, msg) => this.#settle(msg.subject, publishFailure(msg)),
      });
      connection.lost.addEventListener('abort', () => this.#failAll());
    }
    return connection;
  }

  #send(
    { nc }: JetStreamConnection,
    { subject, headers, payload }: EncodedMessage,
    settle: (failure?: Error) => void,
  ): void {
    if (nc.isClosed()) throw this.#connectionEnded();
    const reply = `${this.#inbox}.${++this.#count}`;
    try {
      nc.publish(subject, payload, { headers: toWire(headers), reply });
    } catch (cause) {
      const tooLarge = cause instanceof NatsError && cause.code === ErrorCode.MaxPayloadExceeded;
      throw tooLarge ? new RefusedError('the message is larger than the server takes', { cause }) : cause;
    }
    this.#inFlight.set(reply, { deadlineMs: performance.now() + this.#confirmTimeoutMs, settle });
    this.#timer ??= setTimeout(() => this.#expire(), this.#confirmTimeoutMs);
  }

  #settle(reply: string, failure?: Error): void {
    const inFlight = this.#inFlight.get(reply);
    if (!inFlight) return;
    this.#inFlight.delete(reply);
    inFlight.settle(failure);
    this.#waiting.shift()?.resolve();
  }

  #expire(): void {
    this.#timer = undefined;
    const problem = `NATS did not confirm within ${this.#confirmTimeoutMs} ms`;
    const failure = this.#isReplicated ? new TransientError(problem) : new BrokerUnavailableError(problem);
    for (const [reply, { deadlineMs }] of this.#inFlight) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.#expire(), leftMs);
        return;
      }
      this.#settle(reply, failure);
    }
  }

  #failAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const failure = this.#connectionEnded();
    for (const reply of [...this.#inFlight.keys()]) this.#settle(reply, failure);
    for (const turn of this.#waiting.splice(0)) turn.reject(failure);
  }

  #connectionEnded(): BrokerUnavailableError {
    const problem = 'the connection ended';
    return this.#isReplicated ? new TransientError(problem) : new BrokerUnavailableError(problem);
  }
}

/** In a cluster. */
const SEND_AGAIN_MS = 1000;
/** The pauses before each announcement. */
const ANNOUNCE_AFTER_MS = [0, 250, 500, 1000];
const RETRY = { firstMs: 20, longestMs: 500 };

/** Likely to succeed when it is tried again soon. */
class TransientError extends BrokerUnavailableError {}

class StreamMissingError extends TransientError {}

class StreamFullError extends TransientError {}

const STORE_FAILED = 10077;
const FULL = /^maximum (bytes|messages) exceeded/;

function subjectsOf(messages: readonly EncodedMessage[]): string[] {
  return [...new Set(messages.map(({ subject }) => subject))];
}

function publishFailure(msg: Msg): Error | undefined {
  if (msg.headers?.code === 503) return new StreamMissingError('no stream takes this topic');
  const { error } = msg.json<{ error?: { code: number; err_code: number; description: string } }>();
  if (!error) return undefined;
  if (error.err_code === STORE_FAILED && FULL.test(error.description))
    return new StreamFullError(error.description);
  // In a cluster: another client is publishing the same id, and whether that succeeds is not decided yet.
  if (error.code === 409) return new TransientError(error.description);
  return error.code >= 500
    ? new BrokerUnavailableError(error.description)
    : new RefusedError(error.description);
}
