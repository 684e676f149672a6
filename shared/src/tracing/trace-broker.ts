import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import type {
  Consumer,
  Delivery,
  Follower,
  Message,
  Publisher,
  StoredMessage,
} from '../message/capabilities.ts';
import { handleWatched, watchDelivery } from '../message/metrics.ts';
import { contextOf, isUnsampled, recordError, runBatch, startBatch, startChild } from './spans.ts';

type Traced = Publisher & Consumer & Partial<Follower>;

/**
 * The same broker, with spans for what is published, handled and followed (semantic conventions of OpenTelemetry
 * for messaging). A message carries its place in a trace in its metadata, so each attempt is in the same trace,
 * whichever process makes it. `system`: the name of the technology.
 */
export function traceBroker<B extends Traced>(broker: B, system: string): B {
  const attributesOf = (topics: readonly string[], name: string, type = name): Attributes => ({
    'messaging.system': system,
    'messaging.destination.name': topics.join(', '),
    'messaging.operation.name': name,
    'messaging.operation.type': type,
  });

  const traced: Publisher & Consumer = {
    publish(topic, messages) {
      if (areUnsampled(messages)) return broker.publish(topic, messages);
      const attributes = () => attributesOf([topic], 'send');
      const spans = startBatch(
        { name: `send ${topic}`, kind: SpanKind.CLIENT, attributes },
        messages.map(({ metadata }) => contextOf(metadata)),
        (index) => ofMessage(messages[index] as Message), // one of them
      );
      return runBatch(spans, () => broker.publish(topic, messages));
    },

    consume(topics, group, handler, options) {
      return broker.consume(
        topics,
        group,
        (batch, signal) => {
          if (areUnsampled(batch)) return context.with(placeOfFirst(batch), () => handler(batch, signal));
          const present = [...new Set(batch.map(({ topic }) => topic))];
          const ofGroup = { 'messaging.consumer.group.name': group };
          const attributes = () => ({ ...attributesOf(present, 'process'), ...ofGroup });
          const ofDelivery = (delivery: Delivery) => ({
            ...ofStored(delivery),
            ...ofGroup,
            'messaging.destination.name': delivery.topic,
            'meower.message.attempt': delivery.attempt,
          });
          const spans = startBatch(
            { name: `process ${present.join(', ')}`, kind: SpanKind.CONSUMER, attributes },
            batch.map(({ metadata }) => contextOf(metadata)),
            (index) => ofDelivery(batch[index] as Delivery), // one of them
          );
          const watched = batch.map((delivery, i) =>
            traceSettling(delivery, spans.members[i] ?? spans.batch),
          );
          return runBatch(spans, () => handleWatched(handler, watched, signal));
        },
        options,
      );
    },
  };

  const follow = broker.follow?.bind(broker);
  const followed: Partial<Follower> | undefined = follow && {
    follow: (topics, handlers) =>
      follow(topics, {
        onMessage(message) {
          const attributes = () => ({ ...attributesOf([message.topic], 'process'), ...ofStored(message) });
          const description = { name: `process ${message.topic}`, kind: SpanKind.CONSUMER, attributes };
          const parent = contextOf(message.metadata);
          const span = startChild(description, parent);
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
        onAnnounced: (message) => handlers.onAnnounced?.(message),
      }),
  };
  return { ...broker, ...traced, ...followed };
}

function areUnsampled(messages: readonly Message[]): boolean {
  return messages.every(({ metadata }) => isUnsampled(metadata));
}

/** For the log lines about a batch. */
function placeOfFirst([first]: readonly Message[]) {
  return propagation.extract(ROOT_CONTEXT, first?.metadata ?? {});
}

function ofMessage({ id, payload }: Message): Attributes {
  return { 'messaging.message.id': id, 'messaging.message.body.size': payload.length };
}

function ofStored(message: StoredMessage): Attributes {
  return { ...ofMessage(message), 'meower.message.position': message.position };
}

/** The same delivery; its span records how it is settled. */
function traceSettling(delivery: Delivery, span: Span) {
  return watchDelivery(delivery, (settled) => {
    span.setAttribute('meower.message.settled', settled);
    if (settled !== 'acked') recordError(span, settled);
  });
}
