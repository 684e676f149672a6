import type { Consumer, Delivery, Publisher } from './capabilities.ts';

export interface PublishedReport {
  readonly publisher: string;
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
        if (messages.length > 0)
          onPublished({ publisher: name, durationMs: performance.now() - startedMs, isStored });
      }
    },
  };
}

export interface SettledReport {
  readonly consumer: string;
  readonly group: string;
  readonly settled: 'acked' | 'nacked' | 'rejected';
}

/** The same consumer; `onSettled` is called for each delivery, as its handler settles it, and must not throw. */
export function measureConsumer(
  consumer: Consumer,
  name: string,
  onSettled: (report: SettledReport) => void,
): Consumer {
  return {
    consume(topics, group, handler, options) {
      const report = (settled: SettledReport['settled']) => onSettled({ consumer: name, group, settled });
      return consumer.consume(
        topics,
        group,
        async (batch, signal) => {
          const watched = batch.map((delivery) => new Watched(delivery, report));
          try {
            await handler(watched, signal);
            for (const delivery of watched) delivery.ack();
          } catch (error) {
            for (const delivery of watched) delivery.nack();
            throw error;
          }
        },
        options,
      );
    },
  };
}

class Watched implements Delivery {
  readonly id: Delivery['id'];
  readonly key: Delivery['key'];
  readonly metadata: Delivery['metadata'];
  readonly payload: Delivery['payload'];
  readonly topic: Delivery['topic'];
  readonly position: Delivery['position'];
  readonly publishedAt: Delivery['publishedAt'];
  readonly attempt: Delivery['attempt'];
  readonly #delivery: Delivery;
  readonly #report: (settled: SettledReport['settled']) => void;
  #rejected: Promise<boolean> | undefined;
  #isSettled = false;

  constructor(delivery: Delivery, report: (settled: SettledReport['settled']) => void) {
    this.id = delivery.id;
    this.key = delivery.key;
    this.metadata = delivery.metadata;
    this.payload = delivery.payload;
    this.topic = delivery.topic;
    this.position = delivery.position;
    this.publishedAt = delivery.publishedAt;
    this.attempt = delivery.attempt;
    this.#delivery = delivery;
    this.#report = report;
  }

  ack(): void {
    this.#settle('acked', () => this.#delivery.ack());
  }

  nack(delayMs?: number): void {
    this.#settle('nacked', () => this.#delivery.nack(delayMs));
  }

  reject(reason: string): Promise<boolean> {
    if (this.#isSettled) return this.#rejected ?? Promise.resolve(false);
    this.#isSettled = true;
    this.#rejected = this.#delivery.reject(reason).then((isStored) => {
      this.#report(isStored ? 'rejected' : 'nacked');
      return isStored;
    });
    return this.#rejected;
  }

  #settle(settled: SettledReport['settled'], settle: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    settle();
    this.#report(settled);
  }
}
