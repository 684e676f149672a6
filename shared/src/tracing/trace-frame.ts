import { SpanKind } from '@opentelemetry/api';
import { tracer } from './spans.ts';

/** Called with the frame of an event; what it returns, when that has been written to so many sockets. */
export type TraceFrame = (seq: number) => (sockets: number) => void;

/** A span from the frame to the last socket, in the span that is active. */
export const traceFrame: TraceFrame = (seq) => {
  const attributes = { 'network.protocol.name': 'websocket', 'meower.frame.seq': seq };
  const span = tracer.startSpan('send frame', { kind: SpanKind.PRODUCER, attributes });
  return (sockets) => span.setAttribute('meower.frame.sockets', sockets).end();
};
