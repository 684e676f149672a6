/** The id of the trace that a message or a request belongs to, for log lines about it. */
export function traceIdOf(headers: Readonly<Record<string, unknown>>): string | undefined {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(String(headers.traceparent))?.[1];
}
