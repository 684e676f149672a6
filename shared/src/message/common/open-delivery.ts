import { backoffMs } from '../../async/backoff.ts';
import type { Delivery, Metadata, Position, StoredMessage } from '../capabilities.ts';

/** How a technology settles a delivery. Exactly one of these is called for each, once. */
export interface Settling {
  ack(delivery: OpenDelivery): void;
  nack(delayMs: number, delivery: OpenDelivery): void;
  /**
   * Resolves to true when the dead letter is stored, to false when it cannot be and the message was nacked.
   * Never rejects.
   */
  reject(reason: string, delivery: OpenDelivery): Promise<boolean>;
}

/** A delivery of any technology: the first call settles it, later ones do nothing. */
export class OpenDelivery implements Delivery {
  readonly topic: string;
  readonly position: Position;
  readonly publishedAt: Date;
  readonly id: string;
  readonly key: string | undefined;
  readonly metadata: Metadata;
  readonly payload: Uint8Array;
  readonly attempt: number;
  readonly #settling: Settling;
  #settled: Promise<boolean> | undefined;

  constructor(message: StoredMessage, attempt: number, settling: Settling) {
    this.topic = message.topic;
    this.position = message.position;
    this.publishedAt = message.publishedAt;
    this.id = message.id;
    this.key = message.key;
    this.metadata = message.metadata;
    this.payload = message.payload;
    this.attempt = attempt;
    this.#settling = settling;
  }

  /** Undefined while open; then resolves once the settling is complete. */
  get settled(): Promise<unknown> | undefined {
    return this.#settled;
  }

  ack(): void {
    if (this.#settled) return;
    this.#settled = DONE;
    this.#settling.ack(this);
  }

  nack(delayMs = redeliveryDelayMs(this.attempt)): void {
    if (this.#settled) return;
    this.#settled = DONE;
    this.#settling.nack(delayMs, this);
  }

  reject(reason: string): Promise<boolean> {
    this.#settled ??= this.#settling.reject(reason, this);
    return this.#settled;
  }
}

/** Settled, without a dead letter. */
const DONE = Promise.resolve(false);

/**
 * How long to wait after the given attempt failed. Without jitter, which would break a batch into single
 * messages.
 */
export function redeliveryDelayMs(attempt: number): number {
  return backoffMs(attempt, { firstMs: 100, longestMs: 30_000, jitter: 0 });
}
