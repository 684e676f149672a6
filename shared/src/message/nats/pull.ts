import { type Msg, nanos, type Subscription } from 'nats';
import type { JetStreamConnection } from './connection.ts';

const EXPIRES_MS = 30_000;
/**
 * Silence is noticed before the servers of a cluster have elected another leader, which takes 4 to 9 s: a
 * consumer on the killed server is replaced by then.
 */
const HEARTBEAT_MS = 1000;
const SILENCE_MS = 3 * HEARTBEAT_MS;
const CHECK_MS = HEARTBEAT_MS / 2;
/** Of one request: limits how much waits in the socket when messages are large. */
const MAX_BYTES = 8 * 1024 ** 2;

interface Request {
  subscription: Subscription;
  size: number;
  /** Messages that may still come. */
  remaining: number;
  sentAtMs: number;
  lastActivityAtMs: number;
}

interface PullHandlers {
  onMessage: (msg: Msg) => void;
  /** A request ended: more can be requested. */
  onRequestEnded: () => void;
}

/**
 * Open requests for messages of one consumer. The server answers each as messages come, and sends heartbeats
 * in between; when those stop, or the consumer is gone, `ended` rejects with the reason.
 */
export class NatsPull {
  readonly #connection: JetStreamConnection;
  readonly #subject: string;
  readonly #handlers: PullHandlers;
  readonly #requests = new Set<Request>();
  readonly #end = Promise.withResolvers<void>();
  readonly #heartbeatCheck: NodeJS.Timeout;
  #checkedAtMs = performance.now();
  #over = false;

  constructor(
    connection: JetStreamConnection,
    consumer: { stream: string; name: string },
    handlers: PullHandlers,
  ) {
    this.#connection = connection;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.name}`;
    this.#handlers = handlers;
    this.#end.promise.catch(() => {}); // its rejection is for those that wait for `ended`
    connection.lost.addEventListener('abort', this.#onLost);
    this.#heartbeatCheck = setInterval(() => this.#checkHeartbeats(), CHECK_MS);
  }

  /** Resolves when it was stopped, rejects with what broke it. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** Messages requested that may still come. */
  get outstanding(): number {
    let count = 0;
    for (const { remaining } of this.#requests) count += remaining;
    return count;
  }

  /** Does nothing once it has ended. */
  request(batch: number): void {
    if (this.#over || this.#connection.nc.isClosed()) return;
    const inbox = this.#connection.newInbox();
    const now = performance.now();
    const request: Request = {
      size: batch,
      remaining: batch,
      sentAtMs: now,
      lastActivityAtMs: now,
      subscription: this.#connection.nc.subscribe(inbox, {
        callback: (err, msg) => this.#received(request, err, msg),
      }),
    };
    this.#requests.add(request);
    const body = {
      batch,
      max_bytes: MAX_BYTES,
      expires: nanos(EXPIRES_MS),
      idle_heartbeat: nanos(HEARTBEAT_MS),
    };
    this.#connection.nc.publish(this.#subject, JSON.stringify(body), { reply: inbox });
  }

  /** Cancels the requests. Messages that are already in flight still come before it resolves. */
  async stop(): Promise<void> {
    this.#over = true;
    const requests = [...this.#requests];
    this.#requests.clear();
    // On a connection that ends meanwhile there is nothing left to cancel.
    await Promise.allSettled(requests.map(({ subscription }) => subscription.drain()));
    this.#finish();
  }

  fail(reason: string): void {
    for (const { subscription } of this.#requests) subscription.unsubscribe();
    this.#requests.clear();
    this.#finish(new Error(reason));
  }

  readonly #onLost = () => this.fail('the connection ended');

  #finish(err?: Error): void {
    this.#over = true;
    clearInterval(this.#heartbeatCheck);
    this.#connection.lost.removeEventListener('abort', this.#onLost);
    if (err) this.#end.reject(err);
    else this.#end.resolve();
  }

  #received(request: Request, err: Error | null, msg: Msg): void {
    request.lastActivityAtMs = performance.now();
    // Messages of the server have no payload. Of others, the client need not read the headers.
    const status = msg.data.length === 0 ? (msg.headers?.code ?? 0) : 0;
    if (err) {
      this.fail(err.message);
    } else if (status === 0) {
      request.remaining--;
      if (request.remaining === 0) this.#remove(request);
      this.#handlers.onMessage(msg);
    } else if (status !== HEARTBEAT) {
      const undelivered = Number(msg.headers?.get('Nats-Pending-Messages') || request.remaining);
      this.#ended(request, `${status} ${msg.headers?.description}`, undelivered);
    }
  }

  /**
   * With replicas, the status that ends a request may overtake messages in flight: only the messages that it
   * reports as undelivered are subtracted. A request that ends early without a message, for example because
   * the next one is too large, is a failure: repeated immediately, it would be answered the same way
   * immediately.
   */
  #ended(request: Request, status: string, undelivered: number): void {
    const early = performance.now() - request.sentAtMs < EXPIRES_MS / 2;
    if (!REQUEST_ENDED.test(status) || (early && undelivered >= request.size)) {
      this.fail(status);
      return;
    }
    request.remaining -= undelivered;
    if (request.remaining <= 0) this.#remove(request);
    this.#handlers.onRequestEnded();
  }

  #remove(request: Request): void {
    request.subscription.unsubscribe();
    this.#requests.delete(request);
  }

  #checkHeartbeats(): void {
    const now = performance.now();
    // After a freeze, timers fire before the data in the socket is read: wait for the next check before
    // judging.
    const wasFrozen = now - this.#checkedAtMs > 2 * HEARTBEAT_MS;
    this.#checkedAtMs = now;
    if (wasFrozen) return;
    for (const { lastActivityAtMs } of this.#requests) {
      if (lastActivityAtMs < now - SILENCE_MS) {
        this.fail(`no heartbeat for ${SILENCE_MS} ms`);
        return;
      }
    }
  }
}

const HEARTBEAT = 100;
/** The request has expired, is filled, or reached `max_bytes`. Every other status is a failure. */
const REQUEST_ENDED = /^(404|408|409 (Batch Completed|Message Size Exceeds MaxBytes))/i;
