/** Metadata that a message passes on to those that it causes: request id and W3C trace context. */
export const TRACE_HEADERS: readonly string[] = ['x-request-id', 'traceparent', 'tracestate'];
