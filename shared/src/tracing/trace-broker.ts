import { type Attributes, context, SpanKind, trace } from '@opentelemetry/api';
import type { Broker, Delivery, Message, StoredMessage } from '../message/capabilities.ts';
import { handleWatched, watchDelivery } from '../message/metrics.ts';
import { contextOf, recordError, runBatch, startBatch, tracer } from './spans.ts';

/**
 * The same broker, with spans for what is published, handled and followed (semantic conventions of OpenTelemetry
 * for messaging). A message carries its place in a trace in its metadata, so each attempt is in the same trace,
 * whichever process makes it. `system`: the name of the technology.
 */
export function traceBroker<B extends Broker>(broker: B, system: string): B {
  const attributesOf = (topics: readonly string[], name: string, type = name): Attributes => ({
    'messaging.system': system,
    'messaging.destination.name': topics.join(', '),
    'messaging.operation.name': name,
    'messaging.operation.type': type,
  });

  const traced: Pick<Broker, 'publish' | 'consume' | 'follow'> = {
    publish(topic, messages) {
      if (messages.length === 0) return broker.publish(topic, messages);
      const spans = startBatch(
        { name: `send ${topic}`, kind: SpanKind.CLIENT, attributes: attributesOf([topic], 'send') },
        messages.map((message) => ({ parent: contextOf(message.metadata), attributes: ofMessage(message) })),
      );
      return runBatch(spans, () => broker.publish(topic, messages));
    },

    consume(topics, group, handler, options) {
      return broker.consume(
        topics,
        group,
        (batch, signal) => {
          const present = [...new Set(batch.map(({ topic }) => topic))];
          const attributes = {
            ...attributesOf(present, 'process'),
            'messaging.consumer.group.name': group,
          };
          const spans = startBatch(
            { name: `process ${present.join(', ')}`, kind: SpanKind.CONSUMER, attributes },
            batch.map((delivery) => ({
              parent: contextOf(delivery.metadata),
              attributes: {
                ...ofStored(delivery),
                'messaging.destination.name': delivery.topic,
                'meower.message.attempt': delivery.attempt,
              },
            })),
          );
          const watched = batch.map((delivery, i) =>
            traceSettling(delivery, spans.members[i] ?? spans.batch),
          );
          return runBatch(spans, () => handleWatched(handler, watched, signal));
        },
        options,
      );
    },

    follow(topics, handlers) {
      return broker.follow(topics, {
        onMessage(message) {
          const attributes = { ...attributesOf([message.topic], 'process'), ...ofStored(message) };
          const description = { kind: SpanKind.CONSUMER, attributes };
          const parent = contextOf(message.metadata);
          const span = tracer.startSpan(`process ${message.topic}`, description, parent);
          try {
            context.with(trace.setSpan(parent, span), () => handlers.onMessage(message));
          } catch (error) {
            recordError(span, error);
            throw error;
          } finally {
            span.end();
          }
        },
        onReset: () => handlers.onReset(),
      });
    },
  };
  return { ...broker, ...traced };
}

function ofMessage({ id, payload }: Message): Attributes {
  return { 'messaging.message.id': id, 'messaging.message.body.size': payload.length };
}

function ofStored(message: StoredMessage): Attributes {
  return { ...ofMessage(message), 'meower.message.position': message.position };
}

/** The same delivery; its span records how it is settled. */
function traceSettling(delivery: Delivery, span: ReturnType<typeof tracer.startSpan>) {
  return watchDelivery(delivery, (settled) => {
    span.setAttribute('meower.message.settled', settled);
    if (settled !== 'acked') recordError(span, settled);
  });
}
