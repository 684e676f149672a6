import type { Request, RequestHandler } from 'express';
import type { z } from 'zod';
import type { Metadata } from '../message/capabilities.ts';
import { formFields, readForm } from './form.ts';
import { parseFields, readJson } from './json-body.ts';
import { queryParameters } from './parameters.ts';
import { sendJson } from './send-json.ts';
import { traceHeadersOf } from './trace-headers.ts';

// Handlers of Express that check their input by a schema (see `parseFields`), and answer with what `handle`
// resolves to, as JSON.

/** `headers`: of the messages that the request causes. */
type HandleInput<T> = (input: T, headers: Metadata) => Promise<unknown>;

/** The input is a JSON body. */
export function handleJson<T>(schema: z.ZodType<T>, handle: HandleInput<T>, status = 200): RequestHandler[] {
  return [...readJson, answering((req) => parseFields(schema, req.body), handle, status)];
}

/** The input is in the path, the body (a form or JSON) or the query string; the first of these takes precedence. */
export function handleFields<T>(
  schema: z.ZodType<T>,
  handle: HandleInput<T>,
  status = 200,
): RequestHandler[] {
  const inputOf = (req: Request) =>
    parseFields(schema, { ...queryParameters(req), ...Object(formFields(req)), ...req.params });
  return [...readForm, answering(inputOf, handle, status)];
}

function answering<T>(inputOf: (req: Request) => T, handle: HandleInput<T>, status: number): RequestHandler {
  return async (req, res) => {
    const answer = await handle(inputOf(req), traceHeadersOf(req, res));
    res.status(status);
    sendJson(res, answer);
  };
}

/** The input is in the path or in the query string. The answer has an ETag; a text is sent as it is. */
export function handleQuery<T>(schema: z.ZodType<T>, handle: (query: T) => Promise<unknown>): RequestHandler {
  return async (req, res) => {
    const answer = await handle(parseFields(schema, { ...queryParameters(req), ...req.params }));
    if (typeof answer === 'string') res.type('text/plain').send(answer);
    else res.json(answer);
  };
}
