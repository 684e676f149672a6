import { backoffMs } from '../../async/backoff.ts';
import type { Delivery, Metadata, SequencedMessage } from '../message.ts';

/** How a technology settles one delivery. Exactly one of these is called, once. */
export interface Settling {
  ack(): void;
  nack(delayMs: number): void;
  /**
   * Resolves to true when the dead letter is stored, to false when it cannot be and the message was nacked.
   * Never rejects.
   */
  reject(reason: string): Promise<boolean>;
}

/** A delivery of any technology: the first call settles it, later ones do nothing. */
export class OpenDelivery implements Delivery {
  readonly id: string;
  readonly metadata: Metadata;
  readonly payload: Uint8Array;
  readonly seq: number;
  readonly attempt: number;
  readonly #settling: Settling;
  #settled: Promise<boolean> | undefined;

  constructor(message: SequencedMessage, attempt: number, settling: Settling) {
    this.id = message.id;
    this.metadata = message.metadata;
    this.payload = message.payload;
    this.seq = message.seq;
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
    this.#settling.ack();
  }

  nack(delayMs = redeliveryDelayMs(this.attempt)): void {
    if (this.#settled) return;
    this.#settled = DONE;
    this.#settling.nack(delayMs);
  }

  reject(reason: string): Promise<boolean> {
    this.#settled ??= this.#settling.reject(reason);
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
