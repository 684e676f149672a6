import type { ErrorRequestHandler } from 'express';
import { OverloadedError } from '../async/overloaded-error.ts';
import { DatabaseUnavailableError } from '../db/sql.ts';
import type { Logger } from '../process/logger.ts';
import { createRepeatedLog } from '../process/repeated-log.ts';
import { traceIdOf } from '../tracing/trace-id.ts';

/**
 * The response is `{"error": message}` with `status`, or another `ErrorBody`. A `cause` is logged, and not
 * sent.
 */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Messages for the errors of Express and its parsers, by their `type`. */
const PARSER_ERRORS: Record<string, string> = {
  'entity.too.large': 'Request body too large',
  'encoding.unsupported': 'Unsupported content encoding',
  'request.aborted': 'Request aborted',
  'request.size.invalid': 'Request size did not match content length',
};

/** The body of the response to an error. */
export type ErrorBody = (error: HttpError) => unknown;

const defaultBody: ErrorBody = ({ message }) => ({ error: message });

/**
 * Responds to every error, by default with `{"error"}`. A 5xx is logged with its cause, of which the response
 * contains nothing.
 */
export function errorHandler(logger: Logger, bodyOf: ErrorBody = defaultBody): ErrorRequestHandler {
  const logFailure = createRepeatedLog(logger, 'error');
  return (error, req, res, next) => {
    const httpError = toHttpError(error);
    if (httpError.status >= 500) {
      logFailure(
        {
          err: httpError.cause ?? httpError,
          requestId: res.getHeader('x-request-id'),
          trace_id: traceIdOf(req.headers),
          method: req.method,
          path: req.path,
        },
        httpError.message,
      );
    }
    if (res.headersSent) return next(error);
    res.setHeader('cache-control', 'no-store');
    if (httpError.status === 503) res.setHeader('retry-after', '1');
    res.status(httpError.status).json(bodyOf(httpError));
  };
}

/** What to answer when a request has failed for this reason: 503 if it may be repeated soon, otherwise 500. */
export function failedRequest(message: string, cause: unknown): HttpError {
  return new HttpError(cause instanceof DatabaseUnavailableError ? 503 : 500, message, { cause });
}

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof OverloadedError)
    return new HttpError(503, 'Too many requests, try again', { cause: error });
  if (error instanceof DatabaseUnavailableError)
    return new HttpError(503, 'The database is unavailable, try again', { cause: error });
  // Any value but null and undefined has properties, at least unknown ones.
  const { status, type } = (error ?? {}) as { status?: unknown; type?: unknown };
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpError(status, PARSER_ERRORS[String(type)] ?? 'Bad request', { cause: error });
  }
  return new HttpError(500, 'Internal server error', { cause: error });
}
