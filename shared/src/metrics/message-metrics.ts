import { Counter, Histogram, type Registry } from '@prometheus-io/client';
import type { Consumer, Publisher } from '../message/capabilities.ts';
import { measureConsumer, measurePublisher } from '../message/metrics.ts';
import type { Middleware } from '../message/router/handler.ts';
import { metrics } from '../message/router/middleware/metrics.ts';
import { DURATION_BUCKETS_S } from './buckets.ts';

/** Of publishers and consumers of messages, with the names and labels of Watermill: its dashboards work. */
export interface MessageMetrics {
  /** The publishing and consuming of a broker, counted under a name. */
  measure(broker: Publisher & Consumer, name: string): Publisher & Consumer;
  measurePublisher(publisher: Publisher, name: string): Publisher;
  measureConsumer(consumer: Consumer, name: string): Consumer;
  /** Measures handlers. */
  readonly middleware: Middleware;
}

export function createMessageMetrics(register: Registry): MessageMetrics {
  const registers = [register];
  const published = new Histogram({
    name: 'publish_time_seconds',
    help: 'The time that a publishing attempt (success or not) took in seconds',
    labelNames: ['publisher_name', 'success'],
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const messages = new Counter({
    name: 'publisher_messages_total',
    help: 'Messages of the publishing attempts',
    labelNames: ['publisher_name', 'success'],
    registers,
  });
  const received = new Counter({
    name: 'subscriber_messages_received_total',
    help: 'The total number of messages received by the subscriber',
    labelNames: ['subscriber_name', 'handler_name', 'acked'],
    registers,
  });
  const redelivered = new Counter({
    name: 'subscriber_messages_redelivered_total',
    help: 'Messages among them that were delivered before',
    labelNames: ['subscriber_name', 'handler_name'],
    registers,
  });
  const rejected = new Counter({
    name: 'subscriber_messages_rejected_total',
    help: 'Messages among them that have become dead letters',
    labelNames: ['subscriber_name', 'handler_name'],
    registers,
  });
  const handled = new Histogram({
    name: 'handler_execution_time_seconds',
    help: 'The total time elapsed while executing the handler function in seconds',
    labelNames: ['handler_name', 'success'],
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const ofPublisher = (publisher: Publisher, name: string) =>
    measurePublisher(publisher, name, (report) => {
      const labels = { publisher_name: report.publisher, success: String(report.isStored) };
      published.observe(labels, report.durationMs / 1000);
      messages.inc(labels, report.messages);
    });
  const ofConsumer = (consumer: Consumer, name: string): Consumer => {
    const labelsOf = (group: string) => ({ subscriber_name: name, handler_name: group });
    const measured = measureConsumer(consumer, name, ({ group, settled, attempt }) => {
      const labels = labelsOf(group);
      // A poisoned message is acked, after it has been stored as a dead letter.
      received.inc({ ...labels, acked: settled === 'nacked' ? 'nacked' : 'acked' });
      if (settled === 'rejected') rejected.inc(labels);
      if (attempt > 1) redelivered.inc(labels);
    });
    return {
      consume(topics, group, handler, options) {
        // From 0: Prometheus sees no increase in a counter that begins with 1.
        for (const counter of [rejected, redelivered]) counter.inc(labelsOf(group), 0);
        for (const acked of ['acked', 'nacked']) received.inc({ ...labelsOf(group), acked }, 0);
        return measured.consume(topics, group, handler, options);
      },
    };
  };
  return {
    measure: (broker, name) => ({ ...ofPublisher(broker, name), ...ofConsumer(broker, name) }),
    measurePublisher: ofPublisher,
    measureConsumer: ofConsumer,
    middleware: metrics({
      onHandled: ({ handler, outcome, durationMs }) =>
        handled.observe({ handler_name: handler, success: String(outcome === 'handled') }, durationMs / 1000),
    }),
  };
}
