import type { Consumer, Delivery, Publisher } from './capabilities.ts';
import { OpenDelivery } from './common/open-delivery.ts';

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
          const watched = batch.map((delivery) => watch(delivery, report));
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

/** The same delivery, which reports how it is settled. */
function watch(delivery: Delivery, report: (settled: SettledReport['settled']) => void): OpenDelivery {
  return new OpenDelivery(delivery, delivery.attempt, {
    ack() {
      delivery.ack();
      report('acked');
    },
    nack(delayMs) {
      delivery.nack(delayMs);
      report('nacked');
    },
    async reject(reason) {
      const isStored = await delivery.reject(reason);
      report(isStored ? 'rejected' : 'nacked');
      return isStored;
    },
  });
}
