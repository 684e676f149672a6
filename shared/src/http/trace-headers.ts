import type { Request, Response } from 'express';
import type { Metadata } from '../message/capabilities.ts';
import { TRACE_HEADERS } from '../message/common/trace-headers.ts';

const MAX_LENGTH = 512;

/**
 * The metadata of a message that a request causes. The request id is that of the response (see
 * `logRequests`).
 */
export function traceHeadersOf(req: Request, res: Response): Metadata {
  const headers: Record<string, string> = {};
  for (const name of TRACE_HEADERS) {
    const value = res.getHeader(name) ?? req.headers[name];
    if (typeof value === 'string' && value.length <= MAX_LENGTH) headers[name] = value;
  }
  return headers;
}
