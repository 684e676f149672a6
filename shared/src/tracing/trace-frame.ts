import { context, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { contextOf, startChild, startLinked } from './spans.ts';

/** Called with the frame of an event; what it returns, when that has been written to so many sockets. */
export type TraceFrame = (seq: number) => (sockets: number) => void;

/** A span from the frame to the last socket, in the span that is active. */
export const traceFrame: TraceFrame = (seq) => {
  const attributes = () => ({ ...WEBSOCKET, 'meower.frame.seq': seq });
  const description = { name: 'send frame', kind: SpanKind.PRODUCER, attributes };
  const span = startChild(description, context.active());
  return (sockets) => span.setAttribute('meower.frame.sockets', sockets).end();
};

/** Called when one client is sent frames that it has missed; with the `traceparent` of each event that has one. */
export type TraceMissedFrames = (traceparents: readonly (string | undefined)[]) => void;

/** A span in a trace of its own, with links to those of the events. */
export const traceMissedFrames: TraceMissedFrames = (traceparents) => {
  if (traceparents.length === 0) return;
  const parents = traceparents.map((traceparent) =>
    traceparent ? contextOf({ traceparent }) : ROOT_CONTEXT,
  );
  const attributes = () => WEBSOCKET;
  startLinked({ name: 'send missed frames', kind: SpanKind.PRODUCER, attributes }, parents).end();
};

const WEBSOCKET = { 'network.protocol.name': 'websocket' };
