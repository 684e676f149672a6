import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import { contextOf, startSpan } from './spans.ts';

const UNTRACED = new Set(['/healthz', '/readyz']);

/**
 * A span for each request, in the trace of the caller if it names one. It takes the caller's place in the headers,
 * so what the request causes continues from it.
 */
export const traceRequests: RequestHandler = (req, res, next) => {
  const { method, path, headers } = req;
  if (UNTRACED.has(path)) return next();
  const parent = contextOf(headers);
  const attributes = () => ({
    'http.request.method': method,
    'url.path': path,
    'url.scheme': req.protocol,
    'meower.request.id': String(res.getHeader('x-request-id')),
  });
  const span = startSpan({ name: method, kind: SpanKind.SERVER, attributes }, parent);
  const inSpan = trace.setSpan(parent, span);
  propagation.inject(inSpan, headers);
  if (span.isRecording())
    res.on('close', () => {
      // Express sets the route that it has found.
      const route: unknown = req.route?.path;
      if (typeof route === 'string') span.updateName(`${method} ${route}`).setAttribute('http.route', route);
      span.setAttribute('http.response.status_code', res.statusCode);
      if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
  context.with(inSpan, next);
};
