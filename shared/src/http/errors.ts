import type { ErrorRequestHandler } from 'express';
import type { Logger } from '../process/logger.ts';

/** Answered as `{"error": message}` with `status`. The caller reads the message; a `cause` goes to the log only. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The sentences for what Express and its parsers throw, by their `type`. */
const PARSER_ERRORS: Record<string, string> = {
  'entity.parse.failed': 'Malformed JSON',
  'entity.too.large': 'Request body too large',
  'encoding.unsupported': 'Unsupported content encoding',
  'charset.unsupported': 'Unsupported charset',
  'request.aborted': 'Request aborted',
  'request.size.invalid': 'Request size did not match content length',
};

/** Makes every error `{"error"}`. A 5xx is logged with its cause, and tells the caller no more than its message. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error, req, res, next) => {
    const answer = toHttpError(error);
    if (answer.status >= 500) {
      logger.error(
        {
          err: answer.cause ?? answer,
          requestId: res.getHeader('x-request-id'),
          method: req.method,
          url: req.url,
        },
        answer.message,
      );
    }
    if (res.headersSent) return next(error);
    if (answer.status === 503) res.setHeader('retry-after', '1');
    res.status(answer.status).json({ error: answer.message });
  };
}

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpError(status, PARSER_ERRORS[String(type)] ?? 'Bad request', { cause: error });
  }
  return new HttpError(500, 'Internal server error', { cause: error });
}
