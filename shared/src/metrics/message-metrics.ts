import { Counter, type Registry } from '@prometheus-io/client';
import type { Consumer, Publisher } from '../message/capabilities.ts';
import { measurePublisher, watchConsumer } from '../message/metrics.ts';
import type { Middleware } from '../message/router/handler.ts';
import { metrics } from '../message/router/middleware/metrics.ts';
import { createHistogram } from './histogram.ts';

/** Of publishers and consumers of messages, with the names and labels of Watermill: its dashboards work. */
export interface MessageMetrics {
  /** The publishing and consuming of a broker, counted under a name. */
  measure(broker: Publisher & Consumer, name: string): Publisher & Consumer;
  measurePublisher(publisher: Publisher, name: string): Publisher;
  measureConsumer(consumer: Consumer, name: string): Consumer;
  /** Measures handlers. */
  readonly middleware: Middleware;
}

interface Settled {
  acked: number;
  nacked: number;
  rejected: number;
  redelivered: number;
}

export function createMessageMetrics(register: Registry): MessageMetrics {
  const registers = [register];
  const observePublished = createHistogram(register, {
    name: 'publish_time_seconds',
    help: 'The time that a publishing attempt (success or not) took in seconds',
    labelNames: ['publisher_name', 'success'],
  });
  const messages = new Counter({
    name: 'publisher_messages_total',
    help: 'Messages of the publishing attempts',
    labelNames: ['publisher_name', 'success'],
    registers,
  });
  const observeHandled = createHistogram(register, {
    name: 'handler_execution_time_seconds',
    help: 'The total time elapsed while executing the handler function in seconds',
    labelNames: ['handler_name', 'success'],
  });
  const countSettled = settledCounters(register);

  const ofPublisher = (publisher: Publisher, name: string) =>
    measurePublisher(publisher, name, (report) => {
      const success = String(report.isStored);
      observePublished(report.durationMs / 1000, report.publisher, success);
      messages.inc({ publisher_name: report.publisher, success }, report.messages);
    });
  const ofConsumer = (consumer: Consumer, name: string) =>
    watchConsumer(consumer, (_topics, group) => {
      const counts = countSettled(name, group);
      return (settled, { attempt }) => {
        counts[settled]++;
        if (attempt > 1) counts.redelivered++;
      };
    });
  return {
    measure: (broker, name) => ({ ...ofPublisher(broker, name), ...ofConsumer(broker, name) }),
    measurePublisher: ofPublisher,
    measureConsumer: ofConsumer,
    middleware: metrics({
      onHandled: ({ handler, outcome, durationMs }) =>
        observeHandled(durationMs / 1000, handler, String(outcome === 'handled')),
    }),
  };
}

/**
 * Returns what counts the deliveries to a group: plain numbers, which are read when Prometheus asks. They begin with 0,
 * because Prometheus sees no increase in a counter that begins with 1.
 */
function settledCounters(register: Registry): (consumer: string, group: string) => Settled {
  const all = new Map<
    string,
    { labels: { subscriber_name: string; handler_name: string }; counts: Settled }
  >();
  const add = (name: string, help: string, valuesOf: (counts: Settled) => readonly [object, number][]) => {
    new Counter({
      ...{ name, help, registers: [register] },
      labelNames: ['subscriber_name', 'handler_name', 'acked'],
      collect() {
        this.reset();
        for (const { labels, counts } of all.values())
          for (const [more, value] of valuesOf(counts)) this.inc({ ...labels, ...more }, value);
      },
    });
  };
  add(
    'subscriber_messages_received_total',
    'The total number of messages received by the subscriber',
    // A poisoned message is acked, after it has been stored as a dead letter.
    ({ acked, rejected, nacked }) => [
      [{ acked: 'acked' }, acked + rejected],
      [{ acked: 'nacked' }, nacked],
    ],
  );
  add(
    'subscriber_messages_redelivered_total',
    'Messages among them that were delivered before',
    ({ redelivered }) => [[{}, redelivered]],
  );
  add(
    'subscriber_messages_rejected_total',
    'Messages among them that have become dead letters',
    ({ rejected }) => [[{}, rejected]],
  );
  return (subscriber_name, handler_name) => {
    const key = JSON.stringify([subscriber_name, handler_name]);
    const known = all.get(key) ?? {
      labels: { subscriber_name, handler_name },
      counts: { acked: 0, nacked: 0, rejected: 0, redelivered: 0 },
    };
    all.set(key, known);
    return known.counts;
  };
}
