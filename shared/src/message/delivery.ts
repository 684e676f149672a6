import type { Logger } from 'pino';
import type { Delivery, Metadata, SequencedMessage } from './message.ts';
import { redeliveryDelayMs } from './redelivery.ts';

/** How a technology settles one delivery; each delivery calls exactly one of these, once. */
export interface Settling {
  ack(): void;
  nack(delayMs: number): void;
  /** Resolves when the dead letter is stored or, failing that, the message was nacked. Never rejects. */
  reject(reason: string): Promise<void>;
}

/** A delivery that guards its own settling: the first word counts, later ones do nothing. */
export class OpenDelivery implements Delivery {
  readonly id: string;
  readonly metadata: Metadata;
  readonly payload: Uint8Array;
  readonly seq: number;
  readonly attempt: number;
  readonly #settling: Settling;
  #settled: Promise<void> | undefined;

  constructor(message: SequencedMessage, attempt: number, settling: Settling) {
    this.id = message.id;
    this.metadata = message.metadata;
    this.payload = message.payload;
    this.seq = message.seq;
    this.attempt = attempt;
    this.#settling = settling;
  }

  /** Undefined while open; then resolves once the settling is complete. */
  get settled(): Promise<void> | undefined {
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

  reject(reason: string): Promise<void> {
    this.#settled ??= this.#settling.reject(reason);
    return this.#settled;
  }
}

const DONE = Promise.resolve();

export interface HandlingOptions {
  timeoutMs: number;
  onTimeout?: () => void;
  logger: Pick<Logger, 'error'>;
}

/**
 * Runs `handler` on a batch and settles what it left open, as `Subscriber.consume` promises. A handler that is still running after
 * `timeoutMs` loses its batch to the other members. Resolves when the handler has ended and all is settled. Never rejects.
 */
export async function handleBatch(
  batch: readonly OpenDelivery[],
  handler: (batch: readonly Delivery[]) => Promise<void>,
  { timeoutMs, onTimeout, logger }: HandlingOptions,
): Promise<void> {
  const patience = setTimeout(() => {
    logger.error({ timeoutMs, messages: batch.length }, 'a handler does not end: others get its messages');
    for (const delivery of batch) delivery.nack(0);
    onTimeout?.();
  }, timeoutMs);
  try {
    await handler(batch);
    for (const delivery of batch) delivery.ack();
  } catch (err) {
    logger.error(
      { err, messages: batch.length, seq: batch[0]?.seq },
      'a handler failed: its messages come again',
    );
    for (const delivery of batch) delivery.nack();
  } finally {
    clearTimeout(patience);
  }
  for (const delivery of batch) await delivery.settled;
}
