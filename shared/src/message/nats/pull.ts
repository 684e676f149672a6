import { createInbox, type Msg, nanos, type Subscription } from 'nats';
import type { Era } from './connection.ts';

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 2000;
const SILENCE_MS = 3 * HEARTBEAT_MS;
/** Of one request: so that large messages do not pile up in the socket. */
const MAX_BYTES = 8 * 1024 ** 2;

interface Pull {
  subscription: Subscription;
  /** Messages that may still come. */
  left: number;
  heardAtMs: number;
}

/**
 * Open requests for messages of one consumer. The server answers each as messages come, and gives signs of life in between;
 * when those stop, or the consumer is gone, `ended` rejects with the reason.
 */
export class NatsPull {
  readonly #era: Era;
  readonly #subject: string;
  readonly #onMessage: (msg: Msg) => void;
  readonly #onRoom: () => void;
  readonly #pulls = new Set<Pull>();
  readonly #end = Promise.withResolvers<void>();
  readonly #watch: NodeJS.Timeout;
  #checkedAtMs = performance.now();
  #over = false;

  constructor(
    era: Era,
    consumer: { stream: string; name: string },
    {
      onMessage,
      onRoom,
    }: { onMessage: (msg: Msg) => void /** A request ended: more can be asked for. */; onRoom: () => void },
  ) {
    this.#era = era;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.name}`;
    this.#onMessage = onMessage;
    this.#onRoom = onRoom;
    this.#end.promise.catch(() => {}); // told to whoever waits for `ended`
    era.lost.addEventListener('abort', this.#lost);
    this.#watch = setInterval(() => this.#checkSilence(), HEARTBEAT_MS);
  }

  /** Resolves when it was stopped, rejects with what broke it. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** Messages asked for that may still come. */
  get outstanding(): number {
    let count = 0;
    for (const { left } of this.#pulls) count += left;
    return count;
  }

  /** Does nothing once it has ended. */
  request(batch: number): void {
    if (this.#over || this.#era.nc.isClosed()) return;
    const inbox = createInbox();
    const pull: Pull = {
      left: batch,
      heardAtMs: performance.now(),
      subscription: this.#era.nc.subscribe(inbox, { callback: (err, msg) => this.#received(pull, err, msg) }),
    };
    this.#pulls.add(pull);
    const request = {
      batch,
      max_bytes: MAX_BYTES,
      expires: nanos(EXPIRES_MS),
      idle_heartbeat: nanos(HEARTBEAT_MS),
    };
    this.#era.nc.publish(this.#subject, JSON.stringify(request), { reply: inbox });
  }

  /** Takes the requests back. Messages already under way still come before it resolves. */
  async stop(): Promise<void> {
    this.#over = true;
    const pulls = [...this.#pulls];
    this.#pulls.clear();
    // A connection that ends meanwhile has nothing to take back.
    await Promise.allSettled(pulls.map(({ subscription }) => subscription.drain()));
    this.#finish();
  }

  fail(reason: string): void {
    for (const { subscription } of this.#pulls) subscription.unsubscribe();
    this.#pulls.clear();
    this.#finish(new Error(reason));
  }

  readonly #lost = () => this.fail('the connection ended');

  #finish(err?: Error): void {
    this.#over = true;
    clearInterval(this.#watch);
    this.#era.lost.removeEventListener('abort', this.#lost);
    if (err) this.#end.reject(err);
    else this.#end.resolve();
  }

  #received(pull: Pull, err: Error | null, msg: Msg): void {
    pull.heardAtMs = performance.now();
    const status = msg.headers?.code ?? 0;
    if (err) {
      this.fail(err.message);
    } else if (status === 0) {
      pull.left--;
      if (pull.left === 0) this.#remove(pull);
      this.#onMessage(msg);
    } else if (status !== HEARTBEAT) {
      const givenUp = Number(msg.headers?.get('Nats-Pending-Messages') || pull.left);
      this.#answered(pull, `${status} ${msg.headers?.description}`, givenUp);
    }
  }

  /**
   * With replicas, messages that are under way may be overtaken by the word that the request is over: only those that it
   * gives up are counted off.
   */
  #answered(pull: Pull, status: string, givenUp: number): void {
    if (!REQUEST_OVER.test(status)) {
      this.fail(status);
      return;
    }
    pull.left -= givenUp;
    if (pull.left <= 0) this.#remove(pull);
    this.#onRoom();
  }

  #remove(pull: Pull): void {
    pull.subscription.unsubscribe();
    this.#pulls.delete(pull);
  }

  #checkSilence(): void {
    const now = performance.now();
    // After a freeze, timers come before what has gathered in the socket: that gets its turn before this judges.
    const wasFrozen = now - this.#checkedAtMs > 2 * HEARTBEAT_MS;
    this.#checkedAtMs = now;
    if (wasFrozen) return;
    const tooLongAgoMs = now - SILENCE_MS;
    for (const { heardAtMs } of this.#pulls) {
      if (heardAtMs < tooLongAgoMs) {
        this.fail(`no sign of life for ${SILENCE_MS} ms`);
        return;
      }
    }
  }
}

const HEARTBEAT = 100;
/** The request has expired, is filled, or reached `max_bytes`; everything else means trouble. */
const REQUEST_OVER = /^(404|408|409 (Batch Completed|Message Size Exceeds MaxBytes))/i;
