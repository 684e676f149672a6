import type { Consumer, Publisher } from '@meower/shared/message/capabilities.ts';
import { measureConsumer, measurePublisher } from '@meower/shared/message/metrics.ts';
import type { Middleware } from '@meower/shared/message/router/handler.ts';
import { metrics } from '@meower/shared/message/router/middleware/metrics.ts';
import { Counter, collectDefaultMetrics, Histogram, Registry } from '@prometheus-io/client';
import type { RequestHandler } from 'express';

export interface MessageMetrics {
  /** In the text format of Prometheus. */
  readonly route: RequestHandler;
  /** The publishing and consuming of a broker, counted under a name. */
  measure(broker: Publisher & Consumer, name: string): Publisher & Consumer;
  /** Measures handlers. */
  readonly middleware: Middleware;
}

const BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** With the names and labels of Watermill, so that its dashboards work. */
export function createMetrics(): MessageMetrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const published = new Histogram({
    name: 'publish_time_seconds',
    help: 'The time that a publishing attempt (success or not) took in seconds',
    labelNames: ['publisher_name', 'success'],
    buckets: BUCKETS_S,
    registers,
  });
  const received = new Counter({
    name: 'subscriber_messages_received_total',
    help: 'The total number of messages received by the subscriber',
    labelNames: ['subscriber_name', 'handler_name', 'acked'],
    registers,
  });
  const handled = new Histogram({
    name: 'handler_execution_time_seconds',
    help: 'The total time elapsed while executing the handler function in seconds',
    labelNames: ['handler_name', 'success'],
    buckets: BUCKETS_S,
    registers,
  });
  return {
    route: async (_req, res) => {
      res.type('text/plain; version=0.0.4').send(await register.metrics());
    },
    measure: (broker, name) => ({
      ...measurePublisher(broker, name, ({ publisher, durationMs, isStored }) =>
        published.observe({ publisher_name: publisher, success: String(isStored) }, durationMs / 1000),
      ),
      ...measureConsumer(broker, name, ({ consumer, group, settled }) =>
        received.inc({
          subscriber_name: consumer,
          handler_name: group,
          // A poisoned message is acked, after it has been stored as a dead letter.
          acked: settled === 'nacked' ? 'nacked' : 'acked',
        }),
      ),
    }),
    middleware: metrics({
      onHandled: ({ handler, outcome, durationMs }) =>
        handled.observe({ handler_name: handler, success: String(outcome === 'handled') }, durationMs / 1000),
    }),
  };
}
