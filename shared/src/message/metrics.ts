import type { BatchHandler, Consumer, Delivery, Publisher } from './capabilities.ts';
import { OpenDelivery, type Settling } from './common/open-delivery.ts';

export interface PublishedReport {
  readonly publisher: string;
  readonly messages: number;
  readonly durationMs: number;
  readonly isStored: boolean;
}

/** The same publisher; `onPublished` is called after each call with messages, and must not throw. */
export function measurePublisher(
  publisher: Publisher,
  name: string,
  onPublished: (report: PublishedReport) => void,
): Publisher {
  return {
    async publish(topic, messages) {
      const startedMs = performance.now();
      let isStored = false;
      try {
        await publisher.publish(topic, messages);
        isStored = true;
      } finally {
        const durationMs = performance.now() - startedMs;
        if (messages.length > 0)
          onPublished({ publisher: name, messages: messages.length, durationMs, isStored });
      }
    },
  };
}

/** Must not throw. */
type Report = (settled: 'acked' | 'nacked' | 'rejected', delivery: Delivery) => void;

/**
 * The same consumer, which reports how each delivery is settled, as its handler settles it. `reportOf` is called once for
 * each subscription.
 */
export function watchConsumer(
  consumer: Consumer,
  reportOf: (topics: readonly string[], group: string) => Report,
): Consumer {
  return {
    consume(topics, group, handler, options) {
      const report = reportOf(topics, group);
      return consumer.consume(
        topics,
        group,
        (batch, signal) => {
          const watched = batch.map((delivery) => watchDelivery(delivery, report));
          return handleWatched(handler, watched, signal);
        },
        options,
      );
    },
  };
}

/** The same delivery, which reports how it is settled. */
export function watchDelivery(delivery: Delivery, report: Report): OpenDelivery {
  return new OpenDelivery(delivery, delivery.attempt, new WatchedSettling(delivery, report));
}

/** A class, because closures for each delivery cost more than what they report. */
class WatchedSettling implements Settling {
  readonly #delivery: Delivery;
  readonly #report: Report;

  constructor(delivery: Delivery, report: Report) {
    this.#delivery = delivery;
    this.#report = report;
  }

  ack(): void {
    this.#delivery.ack();
    this.#report('acked', this.#delivery);
  }

  nack(delayMs: number): void {
    this.#delivery.nack(delayMs);
    this.#report('nacked', this.#delivery);
  }

  async reject(reason: string): Promise<boolean> {
    const isStored = await this.#delivery.reject(reason);
    this.#report(isStored ? 'rejected' : 'nacked', this.#delivery);
    return isStored;
  }
}

/** Settles what the handler leaves open as the consumer would, so that it is reported, too. Rejects if the handler does. */
export async function handleWatched(
  handler: BatchHandler,
  watched: readonly OpenDelivery[],
  signal: AbortSignal,
): Promise<void> {
  try {
    await handler(watched, signal);
    for (const delivery of watched) delivery.ack();
  } catch (error) {
    for (const delivery of watched) delivery.nack();
    throw error;
  }
}
