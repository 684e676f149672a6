import { isSpanContextValid, trace } from '@opentelemetry/api';

/** What a log line carries of the span in which it is written. */
export function logFields(): { trace_id?: string; span_id?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
