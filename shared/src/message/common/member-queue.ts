import type { Logger } from 'pino';
import type { BatchHandler, ConsumeOptions } from '../capabilities.ts';
import { handleBatch } from './handle-batch.ts';
import type { OpenDelivery } from './open-delivery.ts';

interface MemberQueueOptions {
  consume: Required<ConsumeOptions>;
  handlerTimeoutMs: number;
  /** Called when `room` may have changed. */
  onRoom?: () => void;
  logger: Pick<Logger, 'error'>;
}

/**
 * What a member of a group has received, handled in batches as `ConsumeOptions` define. While a handler runs
 * that has timed out, and after `close`, everything else is nacked for other members.
 */
export class MemberQueue<T extends { readonly delivery: OpenDelivery }> {
  readonly #handler: BatchHandler;
  readonly #options: MemberQueueOptions;
  readonly #waiting: T[] = [];
  readonly #batches = new Map<readonly T[], { handling: Promise<void>; revoked: AbortController }>();
  #scheduled: NodeJS.Immediate | undefined;
  /** Handler calls that have timed out and still run. */
  #stuck = 0;
  #isClosing = false;
  #hasEnded = false;

  constructor(handler: BatchHandler, options: MemberQueueOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  /** A handler that has timed out still runs. */
  get isStuck(): boolean {
    return this.#stuck > 0;
  }

  /** How many more belong into the next batch. */
  get room(): number {
    const isTaking = !this.#isClosing && !this.isStuck;
    return isTaking ? this.#options.consume.maxBatch - this.#waiting.length : 0;
  }

  /** Those that wait, and those of the batches that are being handled. */
  get received(): readonly T[] {
    return [...this.#batches.keys(), this.#waiting].flat();
  }

  add(one: T): void {
    this.#waiting.push(one);
    if (this.#hasEnded || this.isStuck) this.nackWaiting();
    else this.#schedule();
  }

  /** What one answer of the server has brought: handled without waiting for more. */
  addAll(all: readonly T[]): void {
    this.#waiting.push(...all);
    if (this.#hasEnded || this.isStuck) this.nackWaiting();
    else this.#handleBatches();
  }

  /** For other members. */
  nackWaiting(): void {
    for (const { delivery } of this.#waiting.splice(0)) delivery.nack(0);
  }

  /** The broker redelivers all that it has delivered so far. */
  revoke(reason: Error): void {
    for (const { revoked } of this.#batches.values()) revoked.abort(reason);
    this.nackWaiting();
  }

  /** Starts no more handlers, and waits for those that run. When `source` has ended, what waits is nacked. */
  async close(source?: Promise<void>): Promise<void> {
    this.#isClosing = true;
    await source;
    this.#hasEnded = true;
    this.nackWaiting();
    await Promise.all(Array.from(this.#batches.values(), ({ handling }) => handling));
  }

  /** By the next turn of the event loop, all messages of one read from a socket have been added. */
  #schedule(): void {
    if (this.#hasBatch()) this.#scheduled ??= setImmediate(() => this.#handleBatches());
  }

  /** While one batch is handled, the next one has to be full, unless the member is eager. */
  #hasBatch(): boolean {
    if (this.#isClosing) return false;
    const { maxBatch, maxConcurrentBatches, eager } = this.#options.consume;
    const enough = eager || this.#batches.size === 0 ? 1 : maxBatch;
    return this.#batches.size < maxConcurrentBatches && this.#waiting.length >= enough;
  }

  #handleBatches(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    while (this.#hasBatch()) this.#handle(this.#waiting.splice(0, this.#options.consume.maxBatch));
  }

  #handle(batch: readonly T[]): void {
    const { handlerTimeoutMs: timeoutMs, onRoom, logger } = this.#options;
    const revoked = new AbortController();
    let isStuck = false;
    const onTimeout = () => {
      isStuck = true;
      this.#stuck++;
      this.nackWaiting();
      onRoom?.();
    };
    const deliveries = batch.map(({ delivery }) => delivery);
    const options = { timeoutMs, onTimeout, revoked, logger };
    const handling = handleBatch(deliveries, this.#handler, options).finally(() => {
      this.#batches.delete(batch);
      if (isStuck) this.#stuck--;
      onRoom?.();
      this.#schedule();
    });
    this.#batches.set(batch, { handling, revoked });
    onRoom?.();
  }
}
