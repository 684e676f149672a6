import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Metadata } from '../message/capabilities.ts';
import { errorMessage } from '../process/error-details.ts';

/** Records nothing until the SDK is started. */
const tracer = trace.getTracer('meower');

/** The default of OpenTelemetry, which drops the first ones and warns when there are more. */
const MAX_LINKS = 128;

const NO_SPAN = trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 });

/** A place in a trace that is not sampled. Which trace that is has no meaning for spans. */
export const UNSAMPLED = trace.setSpan(ROOT_CONTEXT, NO_SPAN);

/** Whether these are the headers of a trace that is not sampled, without parsing them. */
export function isUnsampled({ traceparent }: Metadata): boolean {
  return traceparent?.endsWith('-00') === true;
}

/** The place in a trace that metadata name. */
export function contextOf(metadata: Metadata): Context {
  return isUnsampled(metadata) ? UNSAMPLED : propagation.extract(ROOT_CONTEXT, metadata);
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
  /** Called only if the span is recorded. */
  attributes(): Attributes;
}

/** A span of which the sampler decides whether it is recorded. */
export function startSpan(
  { name, kind, attributes }: SpanDescription,
  parent: Context,
  links: readonly SpanContext[] = [],
): Span {
  const span = tracer.startSpan(name, { kind, links: links.map((target) => ({ context: target })) }, parent);
  if (span.isRecording()) span.setAttributes(attributes());
  return span;
}

/** A span in the trace of `parent`. If that is not sampled, the span stands for the parent, and costs nothing. */
export function startChild(description: SpanDescription, parent: Context): Span {
  const target = trace.getSpanContext(parent);
  return target && !isSampled(target) ? trace.wrapSpanContext(target) : startSpan(description, parent);
}

export interface BatchSpans {
  batch: Span;
  /** One for each member, in order. */
  members: readonly Span[];
}

/**
 * The span of work on a batch, which continues the trace of its only member, or has a trace of its own (see
 * `startLinked`).
 */
export function startBatchSpan(description: SpanDescription, parents: readonly Context[]): Span {
  const [only] = parents;
  return parents.length === 1 && only ? startChild(description, only) : startLinked(description, parents);
}

/**
 * A span that begins a trace, with links to what caused it: to the first 128 that are sampled. If none of them is, the
 * span stands for one of them, and costs nothing.
 */
export function startLinked(description: SpanDescription, causes: readonly Context[]): Span {
  const targets = causes.flatMap((cause) => trace.getSpanContext(cause) ?? []);
  const sampled = targets.filter(isSampled).slice(0, MAX_LINKS);
  if (targets[0] && sampled.length === 0) return trace.wrapSpanContext(targets[0]);
  const attributes = () => ({
    ...description.attributes(),
    'messaging.batch.message_count': causes.length,
  });
  return startSpan({ ...description, attributes }, ROOT_CONTEXT, sampled);
}

/**
 * As `startBatchSpan`, and a span for each of several members in the member's own trace, with a link to the batch:
 * the trace of one message is whole, regardless of the messages that share its batches. A member that belongs to no
 * trace gets no span. `attributesOf`: of a member, by its index; those of all members are at the batch.
 */
export function startBatch(
  description: SpanDescription,
  parents: readonly Context[],
  attributesOf: (index: number) => Attributes,
): BatchSpans {
  const [only] = parents;
  if (parents.length === 1 && only) {
    const attributes = () => ({ ...description.attributes(), ...attributesOf(0) });
    const span = startChild({ ...description, attributes }, only);
    return { batch: span, members: [span] };
  }
  const batch = startBatchSpan(description, parents);
  const links = [batch.spanContext()];
  return {
    batch,
    members: parents.map((parent, index) => {
      const target = trace.getSpanContext(parent);
      if (!target) return NO_SPAN;
      if (!isSampled(target)) return trace.wrapSpanContext(target);
      return startSpan({ ...description, attributes: () => attributesOf(index) }, parent, links);
    }),
  };
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) > 0;
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
