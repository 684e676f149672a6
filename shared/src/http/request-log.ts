import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { EventHeaders } from '../db/repository.ts';
import type { Logger } from '../lifecycle/logger.ts';

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * Gives each request an id (the caller's `X-Request-Id` when it is a plain word, else a new one), answers it, and logs the request
 * when it is done: at `info` for errors of the server, at `debug` otherwise, for nginx in front keeps the access log.
 */
export function logRequests(logger: Logger): (req: Request, res: Response) => void {
  const quiet = !logger.isLevelEnabled('debug');
  return (req, res) => {
    const given = req.headers['x-request-id'];
    const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    res.setHeader('x-request-id', requestId);
    const started = performance.now();
    res.on('close', () => {
      const level = res.statusCode >= 500 ? 'info' : 'debug';
      if (quiet && level === 'debug') return;
      const durationMs = Math.round((performance.now() - started) * 10) / 10;
      const { method, originalUrl: url } = req;
      const finished = res.writableFinished;
      logger[level]({ requestId, method, url, status: res.statusCode, durationMs, finished }, 'request');
    });
  };
}

/** What an event carries on from the request that caused it: request id and W3C trace context. */
export function eventHeaders(req: Request, res: Response): EventHeaders {
  const headers: Record<string, string> = { 'x-request-id': String(res.getHeader('x-request-id')) };
  for (const name of ['traceparent', 'tracestate']) {
    const value = req.headers[name];
    if (typeof value === 'string' && value.length <= 512) headers[name] = value;
  }
  return headers;
}
