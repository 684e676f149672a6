import type { BatchHandler, ConsumeOptions, StoredMessage } from '../capabilities.ts';
import { type HandlingOptions, handleBatch } from '../common/handle-batch.ts';
import { OpenDelivery } from '../common/open-delivery.ts';

/** What became of a message. */
export type Outcome =
  | { readonly kind: 'acked' }
  | { readonly kind: 'nacked'; readonly delayMs: number }
  | { readonly kind: 'rejected'; readonly reason: string };

export type MemberOptions = Pick<HandlingOptions, 'timeoutMs' | 'logger'> & Omit<ConsumeOptions, 'eager'>;

/** The consumer of a webhook: its messages in batches. Always eager, because senders wait for their answers. */
export class WebhookMember {
  readonly #handler: BatchHandler;
  readonly #options: MemberOptions;
  readonly #waiting: OpenDelivery[] = [];
  readonly #batches = new Set<Promise<void>>();
  #scheduled: NodeJS.Immediate | undefined;
  #closed = false;
  /** Handler calls that have timed out and still run: until they end, nothing more is taken. */
  #stuck = 0;

  constructor(handler: BatchHandler, options: MemberOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  /** Resolves when it is settled. */
  deliver(message: StoredMessage): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const delivery = new OpenDelivery(message, 1, {
      ack: () => resolve({ kind: 'acked' }),
      nack: (delayMs) => resolve({ kind: 'nacked', delayMs }),
      reject: async (reason) => {
        resolve({ kind: 'rejected', reason });
        return true;
      },
    });
    if (this.#closed || this.#stuck > 0) delivery.nack();
    else this.#waiting.push(delivery);
    this.#scheduled ??= setImmediate(() => this.#handle());
    return promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#nackWaiting();
    await Promise.all(this.#batches);
  }

  #handle(): void {
    this.#scheduled = undefined;
    const { maxBatch = 500, maxConcurrentBatches = 1 } = this.#options;
    while (this.#waiting.length > 0 && this.#batches.size < maxConcurrentBatches) {
      let stuck = false;
      const onTimeout = () => {
        stuck = true;
        this.#stuck++;
        this.#nackWaiting();
      };
      const batch = this.#waiting.splice(0, maxBatch);
      const handling = handleBatch(batch, this.#handler, { ...this.#options, onTimeout }).finally(() => {
        this.#batches.delete(handling);
        if (stuck) this.#stuck--;
        this.#handle();
      });
      this.#batches.add(handling);
    }
  }

  #nackWaiting(): void {
    for (const delivery of this.#waiting.splice(0)) delivery.nack();
  }
}
