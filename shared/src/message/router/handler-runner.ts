import { backoffMs } from '../../async/backoff.ts';
import type { Logger } from '../../process/logger.ts';
import { traceIdOf } from '../../tracing/trace-id.ts';
import type { BatchHandler, Delivery } from '../capabilities.ts';
import { type Failure, failureOf, retryAfterMs } from './failure.ts';
import type { Handle, HandlerOptions, Policy } from './handler.ts';
import { idOf, KeyOrder } from './key-order.ts';
import { publishOutgoing } from './outgoing.ts';

interface Batch {
  readonly deliveries: readonly Delivery[];
  /** Of the first such delivery. */
  index: number;
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  unsettled: number;
}

/**
 * Not an object literal: when a hundred of one literal survive a garbage collection, as those of a batch may,
 * V8 allocates all later ones in the old generation.
 */
class Item {
  readonly delivery: Delivery;
  readonly batch: Batch;

  constructor(delivery: Delivery, batch: Batch) {
    this.delivery = delivery;
    this.batch = batch;
  }
}

interface Failures {
  readonly failed: number;
  /** With those because something was unavailable. */
  readonly all: number;
}

const MAX_COUNTED = 10_000;

/** Handles the batches of one handler, message by message, and settles each. */
export class HandlerRunner {
  readonly #handler: HandlerOptions;
  readonly #handle: Handle;
  readonly #policy: Required<Omit<Policy, 'timeoutMs'>>;
  readonly #logger: Pick<Logger, 'warn' | 'error' | 'info'>;
  /** With deliveries that are not being handled and do not wait for another of their key. */
  readonly #batches: Batch[] = [];
  readonly #order = new KeyOrder<Item>();
  /**
   * How often messages have failed here: the broker's count includes deliveries at which a message was not to
   * blame.
   */
  readonly #failures = new Map<string, Failures>();
  #handling = 0;
  #starting: NodeJS.Immediate | undefined;
  #stopping = false;
  #unavailable = false;

  constructor(
    handler: HandlerOptions,
    handle: Handle,
    { policy, logger }: { policy: Required<Omit<Policy, 'timeoutMs'>>; logger: Logger },
  ) {
    this.#handler = handler;
    this.#handle = handle;
    this.#policy = policy;
    this.#logger = logger;
  }

  get name(): string {
    return this.#handler.name;
  }

  /** Messages being handled now. */
  get handling(): number {
    return this.#handling;
  }

  readonly handleBatch: BatchHandler = (deliveries, signal) => {
    if (deliveries.length === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#batches.push({ deliveries, index: 0, signal, resolve, unsettled: deliveries.length });
    if (this.#handling < this.#policy.concurrency) void this.#work();
    // Later, because a handler that waits for nothing has handled the batch by then, and that alone is
    // faster.
    this.#starting ??= setImmediate(() => this.#startMore());
    return promise;
  };

  /** Nacks messages that are not being handled yet. */
  stop(): void {
    this.#stopping = true;
    this.#next();
  }

  #startMore(): void {
    this.#starting = undefined;
    while (this.#handling < this.#policy.concurrency && this.#batches.length > 0) void this.#work();
  }

  async #work(): Promise<void> {
    this.#handling++;
    for (let item = this.#next(); item; ) {
      let following: Item | undefined;
      try {
        const outgoing = await this.#handle(item.delivery, item.batch.signal);
        if (outgoing && outgoing.length > 0) await publishOutgoing(this.#handler, item.delivery, outgoing);
        following = this.#succeeded(item);
      } catch (error) {
        following = await this.#failed(item, error);
      }
      item = this.#next(following);
    }
    this.#handling--;
  }

  /** `candidate` or else what is ready, unless it is no longer to be handled here. */
  #next(candidate?: Item): Item | undefined {
    for (let item = candidate ?? this.#nextReady(); item; item = this.#nextReady()) {
      if (!this.#stopping && !item.batch.signal.aborted) return item;
      this.#redeliver(item, 0);
    }
    return undefined;
  }

  #take(): Item | undefined {
    const [batch] = this.#batches;
    const delivery = batch?.deliveries[batch.index++];
    if (!batch || !delivery) return undefined;
    if (batch.index === batch.deliveries.length) this.#batches.shift();
    return new Item(delivery, batch);
  }

  #nextReady(): Item | undefined {
    for (let item = this.#take(); item; item = this.#take()) {
      const turn = this.#order.enter(item);
      if (turn === 'now') return item;
      if (turn === 'later') continue;
      item.delivery.nack(turn);
      settled(item);
    }
    return undefined;
  }

  /** Returns the next message of its key. */
  #succeeded(item: Item): Item | undefined {
    item.delivery.ack();
    settled(item);
    if (this.#failures.size > 0) this.#failures.delete(idOf(item.delivery));
    if (this.#unavailable) {
      this.#unavailable = false;
      this.#logger.info({ handler: this.#handler.name }, 'messages are handled again');
    }
    return this.#order.leave(item);
  }

  /** Never rejects. Returns the next message of its key when this one will not come again. */
  async #failed(item: Item, error: unknown): Promise<Item | undefined> {
    const { delivery, batch } = item;
    if (batch.signal.aborted) {
      this.#redeliver(item, 0);
      return undefined;
    }
    const failure = failureOf(error);
    const count = this.#count(idOf(delivery), failure);
    if (failure === 'refused' || (failure === 'failed' && count.failed >= this.#policy.maxAttempts)) {
      this.#logger.error(
        { err: error, ...about(this.#handler, delivery) },
        'a message becomes a dead letter',
      );
      if (await delivery.reject(error instanceof Error ? error.message : String(error))) {
        this.#failures.delete(idOf(delivery));
        settled(item);
        return this.#order.leave(item);
      }
    }
    const delayMs = retryAfterMs(error) ?? backoffMs(count.all, this.#policy.backoff);
    this.#logRetry(failure, {
      err: error,
      ...about(this.#handler, delivery),
      retryInMs: Math.round(delayMs),
    });
    this.#redeliver(item, delayMs);
    return undefined;
  }

  #count(id: string, failure: Failure): Readonly<Failures> {
    const { failed, all } = this.#failures.get(id) ?? { failed: 0, all: 0 };
    const count = { failed: failure === 'failed' ? failed + 1 : failed, all: all + 1 };
    // A message that is delivered elsewhere afterwards stays counted until newer ones push it out.
    this.#failures.delete(id);
    this.#failures.set(id, count);
    if (this.#failures.size > MAX_COUNTED)
      this.#failures.delete(this.#failures.keys().next().value as string);
    return count;
  }

  /** With those of its key that are behind it. */
  #redeliver(item: Item, delayMs: number): void {
    for (const each of [item, ...this.#order.hold(item, delayMs)]) {
      each.delivery.nack(delayMs);
      settled(each);
    }
  }

  /** While something is unavailable, one line stands for all messages. */
  #logRetry(failure: Failure, what: object): void {
    if (failure === 'failed') this.#logger.warn(what, 'a message failed and is delivered again');
    else if (!this.#unavailable) this.#logger.warn(what, 'something is unavailable: messages wait for it');
    if (failure === 'unavailable') this.#unavailable = true;
  }
}

function settled({ batch }: Item): void {
  batch.unsettled--;
  if (batch.unsettled === 0) batch.resolve();
}

function about({ name }: HandlerOptions, { topic, id, key, attempt, metadata }: Delivery) {
  const requestId = metadata['x-request-id'];
  return { handler: name, topic, id, key, attempt, requestId, trace_id: traceIdOf(metadata) };
}
