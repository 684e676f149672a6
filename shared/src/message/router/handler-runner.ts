import { backoffMs } from '../../async/backoff.ts';
import type { Logger } from '../../process/logger.ts';
import type { BatchHandler, Delivery } from '../capabilities.ts';
import { type Failure, failureOf, retryAfterMs } from './failure.ts';
import type { Handle, HandlerOptions, Policy } from './handler.ts';
import { idOf, KeyOrder, type Ordered } from './key-order.ts';
import { publishOutgoing } from './outgoing.ts';

interface Batch {
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  unsettled: number;
}

interface Item extends Ordered<Item> {
  readonly batch: Batch;
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
  readonly #ready: Item[] = [];
  readonly #order = new KeyOrder<Item>();
  /**
   * How often messages have failed here: the broker's count includes deliveries at which a message was not to
   * blame.
   */
  readonly #failures = new Map<string, Failures>();
  #handling = 0;
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
    const { promise, resolve } = Promise.withResolvers<void>();
    const batch: Batch = { signal, resolve, unsettled: deliveries.length };
    for (const delivery of deliveries) this.#ready.push({ delivery, batch, following: undefined });
    while (this.#handling < this.#policy.concurrency && this.#ready.length > 0) void this.#work();
    return promise;
  };

  /** Nacks messages that are not being handled yet. */
  stop(): void {
    this.#stopping = true;
    this.#next();
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

  #nextReady(): Item | undefined {
    for (let item = this.#ready.shift(); item; item = this.#ready.shift()) {
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
    this.#order.hold(item, delayMs);
    for (let each: Item | undefined = item; each; each = each.following) {
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
  return { handler: name, topic, id, key, attempt, requestId: metadata['x-request-id'] };
}
