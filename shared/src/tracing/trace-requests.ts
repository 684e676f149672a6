import { randomBytes } from 'node:crypto';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import type { RequestHandler } from 'express';
import { NGINX } from './nginx.ts';
import { startSpan, UNSAMPLED } from './spans.ts';

interface TraceRequestsOptions {
  /** The share of the requests that is sampled, without regard to their headers, which any client can send. */
  ratio: number;
  /** Whether only nginx reaches the service, and says when it received a request. */
  behindNginx: boolean;
  random?: () => number;
}

const UNTRACED = new Set(['/healthz', '/readyz']);
const tracerOfNginx = trace.getTracer(NGINX);

/**
 * A span for each sampled request, in the trace of the caller if it names one, below one of nginx. It takes the caller's
 * place in the headers, so what the request causes continues from it. A request that is not sampled keeps its trace id,
 * or gets one, and costs no more than that.
 */
export function traceRequests({
  ratio,
  behindNginx,
  random = Math.random,
}: TraceRequestsOptions): RequestHandler {
  const nextUnsampled = createUnsampledPlaces();
  return (req, res, next) => {
    const { method, path, headers } = req;
    if (UNTRACED.has(path)) return next();
    if (random() >= ratio) {
      headers.traceparent = nextUnsampled(headers.traceparent);
      context.with(UNSAMPLED, next);
      return;
    }
    const attributes = () => ({
      'http.request.method': method,
      'url.path': path,
      'url.scheme': req.protocol,
      'meower.request.id': String(res.getHeader('x-request-id')),
    });
    const caller = propagation.extract(ROOT_CONTEXT, headers);
    const receivedMs = behindNginx ? receivedByNginxMs(headers['x-request-start']) : undefined;
    const ofNginx =
      receivedMs === undefined
        ? undefined
        : tracerOfNginx.startSpan(
            NGINX,
            { kind: SpanKind.SERVER, startTime: receivedMs, attributes: attributes() },
            caller,
          );
    const parent = ofNginx ? trace.setSpan(caller, ofNginx) : caller;
    const span = startSpan({ name: method, kind: SpanKind.SERVER, attributes }, parent);
    const inSpan = trace.setSpan(parent, span);
    propagation.inject(inSpan, headers);
    res.on('close', () => {
      // Express sets the route that it has found.
      const route: unknown = req.route?.path;
      if (typeof route === 'string') span.updateName(`${method} ${route}`).setAttribute('http.route', route);
      for (const each of [span, ofNginx]) if (each) endWith(each, res.statusCode);
    });
    context.with(inSpan, next);
  };
}

function endWith(span: Span, status: number): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** When nginx had passed the request on, and how long it had had it by then, both in seconds. */
const REQUEST_START = /^t=(\d+\.\d+); age=(\d+\.\d+)$/;

/** Not after now: the clocks of two machines differ. */
function receivedByNginxMs(header: unknown): number | undefined {
  const [, passedOn, age] = REQUEST_START.exec(String(header)) ?? [];
  if (passedOn === undefined || age === undefined) return undefined;
  return Math.min(Date.now(), Math.round(1000 * (Number(passedOn) - Number(age))));
}

/** A caller's place in its trace, or a new one, marked as not sampled. */
function createUnsampledPlaces(): (given: unknown) => string {
  const prefix = randomBytes(8).toString('hex');
  let count = 0;
  return (given) => {
    const caller = typeof given === 'string' ? parseTraceParent(given) : null;
    if (caller) return `00-${caller.traceId}-${caller.spanId}-00`;
    const id = (++count).toString(16).padStart(16, '0');
    return `00-${prefix}${id}-${id}-00`;
  };
}
