import type { Metadata } from '../../capabilities.ts';
import { TRACE_HEADERS } from '../../common/trace-headers.ts';
import type { Middleware } from '../handler.ts';

/**
 * Carries the request id and the W3C trace context on: a returned message gets those of the incoming one,
 * unless it has its own. Without a request id the incoming message's id begins one.
 */
export const correlationId: Middleware = (next) => async (message, signal) => {
  const outgoing = await next(message, signal);
  if (!outgoing || outgoing.length === 0) return outgoing;
  const carried: Record<string, string> = { 'x-request-id': message.id };
  for (const name of TRACE_HEADERS) {
    const value = message.metadata[name];
    if (value !== undefined) carried[name] = value;
  }
  return outgoing.map((each) => ({ ...each, metadata: { ...carried, ...each.metadata } satisfies Metadata }));
};
