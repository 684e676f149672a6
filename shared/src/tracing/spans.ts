import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Metadata } from '../message/capabilities.ts';
import { errorMessage } from '../process/error-details.ts';

/** Records nothing until the SDK is started. */
export const tracer = trace.getTracer('meower');

/** The place in a trace that metadata, or the headers of a request, name. */
export function contextOf(headers: unknown): Context {
  return propagation.extract(ROOT_CONTEXT, headers);
}

/** The same metadata, with a span as the place in the trace. */
export function metadataWith(metadata: Metadata, span: Span): Metadata {
  const carrier = { ...metadata };
  propagation.inject(trace.setSpan(ROOT_CONTEXT, span), carrier);
  return carrier;
}

interface SpanDescription {
  name: string;
  kind: SpanKind;
  attributes: Attributes;
}

interface Member {
  /** What caused it. */
  parent: Context;
  attributes: Attributes;
}

export interface BatchSpans {
  batch: Span;
  /** One for each member, in order. */
  members: readonly Span[];
}

/**
 * The span of work on a batch, which continues the trace of its only member, or begins a trace of its own, with
 * links to what caused the members.
 */
export function startBatchSpan(
  { name, kind, attributes }: SpanDescription,
  parents: readonly Context[],
): Span {
  const sized = {
    ...attributes,
    ...(parents.length > 1 && { 'messaging.batch.message_count': parents.length }),
  };
  const [parent] = parents;
  if (parents.length === 1 && parent) return tracer.startSpan(name, { kind, attributes: sized }, parent);
  return tracer.startSpan(name, { kind, attributes: sized, root: true, links: parents.flatMap(linksTo) });
}

/**
 * As `startBatchSpan`, and a span for each of several members in the member's own trace, with a link to the batch:
 * the trace of one message is whole, regardless of the messages that share its batches. A member that belongs to no
 * trace gets no span.
 */
export function startBatch(description: SpanDescription, members: readonly Member[]): BatchSpans {
  const [only] = members;
  if (members.length === 1 && only) {
    const attributes = { ...description.attributes, ...only.attributes };
    const span = startBatchSpan({ ...description, attributes }, [only.parent]);
    return { batch: span, members: [span] };
  }
  const batch = startBatchSpan(
    description,
    members.map(({ parent }) => parent),
  );
  const links = [{ context: batch.spanContext() }];
  return {
    batch,
    members: members.map(({ parent, attributes: own }) => {
      if (!trace.getSpanContext(parent)) return NO_SPAN;
      const attributes = { ...description.attributes, ...own };
      return tracer.startSpan(description.name, { kind: description.kind, attributes, links }, parent);
    }),
  };
}

const NO_SPAN = trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 });

function linksTo(parent: Context): Link[] {
  const target = trace.getSpanContext(parent);
  return target ? [{ context: target }] : [];
}

/** Runs the work of a batch in its span. Ends all spans, and records the error if it rejects. */
export async function runBatch<T>({ batch, members }: BatchSpans, work: () => Promise<T>): Promise<T> {
  const spans = new Set([batch, ...members]);
  try {
    return await context.with(trace.setSpan(ROOT_CONTEXT, batch), work);
  } catch (error) {
    for (const span of spans) recordError(span, error);
    throw error;
  } finally {
    for (const span of spans) span.end();
  }
}

export function recordError(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: errorMessage(error) });
}
