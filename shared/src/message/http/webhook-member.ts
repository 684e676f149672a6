import type { Logger } from '../../process/logger.ts';
import type { BatchHandler, ConsumeOptions, Delivery, StoredMessage } from '../capabilities.ts';

/** What became of a message. */
export type Outcome =
  | { readonly kind: 'acked' }
  | { readonly kind: 'nacked'; readonly delayMs: number }
  | { readonly kind: 'rejected'; readonly reason: string };

export interface MemberOptions extends Required<ConsumeOptions> {
  handlerTimeoutMs: number;
  logger: Pick<Logger, 'error'>;
}

const NACK_MS = 1000;

/**
 * The consumer of a webhook: its messages in batches. A further batch starts as soon as there is a message.
 */
export class WebhookMember {
  readonly #handler: BatchHandler;
  readonly #options: MemberOptions;
  readonly #waiting: Delivery[] = [];
  readonly #running = new Set<Promise<void>>();
  #gathering: NodeJS.Immediate | undefined;
  #closed = false;
  /** Calls of the handler that have timed out and still run: until they end, nothing more is taken. */
  #stuck = 0;

  constructor(handler: BatchHandler, options: MemberOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  /** Resolves when it is settled. */
  deliver(message: StoredMessage): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const delivery: Delivery = {
      ...message,
      attempt: 1,
      ack: () => resolve({ kind: 'acked' }),
      nack: (delayMs = NACK_MS) => resolve({ kind: 'nacked', delayMs }),
      async reject(reason) {
        resolve({ kind: 'rejected', reason });
        return true;
      },
    };
    if (this.#closed || this.#stuck > 0) delivery.nack();
    else this.#waiting.push(delivery);
    this.#gathering ??= setImmediate(() => this.#start());
    return promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#release();
    await Promise.all(this.#running);
  }

  #release(): void {
    for (const delivery of this.#waiting.splice(0)) delivery.nack();
  }

  #start(): void {
    this.#gathering = undefined;
    const { maxBatch, maxConcurrentBatches } = this.#options;
    while (this.#waiting.length > 0 && this.#running.size < maxConcurrentBatches) {
      const running = this.#handle(this.#waiting.splice(0, maxBatch)).finally(() => {
        this.#running.delete(running);
        this.#start();
      });
      this.#running.add(running);
    }
  }

  /** Never rejects. */
  async #handle(batch: readonly Delivery[]): Promise<void> {
    const { handlerTimeoutMs, logger } = this.#options;
    const taken = new AbortController();
    let stuck = false;
    const timer = setTimeout(() => {
      logger.error(
        { handlerTimeoutMs, messages: batch.length },
        'a handler timed out: senders are asked again',
      );
      stuck = true;
      this.#stuck++;
      for (const delivery of batch) delivery.nack();
      this.#release();
      taken.abort(new Error(`the handler has not ended in ${handlerTimeoutMs} ms`));
    }, handlerTimeoutMs);
    try {
      await this.#handler(batch, taken.signal);
      for (const delivery of batch) delivery.ack();
    } catch (err) {
      logger.error({ err, messages: batch.length }, 'a handler failed: senders are asked again');
      for (const delivery of batch) delivery.nack();
    } finally {
      clearTimeout(timer);
      if (stuck) this.#stuck--;
    }
  }
}
