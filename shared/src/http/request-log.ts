import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Logger } from '../process/logger.ts';
import { traceIdOf } from '../tracing/trace-id.ts';

/** A request whose response has ended. Each has few values, regardless of what clients send. */
interface RequestReport {
  readonly method: string;
  /** The pattern of its route, `other` without one. */
  readonly route: string;
  /** `2xx` and so on; `aborted` if the client left before the end. */
  readonly status: string;
  readonly durationMs: number;
}

/** Must not throw. */
export type OnRequest = (report: RequestReport) => void;

const STATUS_CLASSES = ['', '1xx', '2xx', '3xx', '4xx', '5xx'];
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * Assigns an id to each request (the caller's `X-Request-Id` if it is a plain word, otherwise a new one),
 * sends it in the response, and logs completed requests without their query, which may hold a meow: errors of
 * the server at `info`, others at `debug`, because nginx writes an access log. `onRequest` gets all of them.
 */
export function logRequests(logger: Logger, onRequest?: OnRequest): (req: Request, res: Response) => void {
  const quiet = !logger.isLevelEnabled('debug');
  const nextRequestId = createRequestIds();

  function logDone(this: Response): void {
    const { req, statusCode: status, writableFinished: finished } = this;
    const elapsedMs = performance.now() - this.locals.startedAt;
    onRequest?.({
      method: req.method,
      route: req.route?.path ?? 'other',
      status: finished ? (STATUS_CLASSES[Math.floor(status / 100)] ?? 'other') : 'aborted',
      durationMs: elapsedMs,
    });
    const level = status >= 500 ? 'info' : 'debug';
    if (quiet && level === 'debug') return;
    const requestId = this.getHeader('x-request-id');
    const durationMs = Math.round(elapsedMs * 10) / 10;
    const { method, path, headers } = req;
    const trace_id = traceIdOf(headers);
    logger[level]({ requestId, trace_id, method, path, status, durationMs, finished }, 'request');
  }

  return (req, res) => {
    const requested = req.headers['x-request-id'];
    const requestId =
      typeof requested === 'string' && REQUEST_ID.test(requested) ? requested : nextRequestId();
    res.setHeader('x-request-id', requestId);
    res.locals.startedAt = performance.now();
    res.on('close', logDone);
  };
}

/** A random prefix distinguishes the ids of this process from those of others. */
function createRequestIds(): () => string {
  const prefix = randomBytes(9).toString('base64url');
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
