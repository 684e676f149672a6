import { readFileSync } from 'node:fs';
import { FrameKind } from '@meower/shared/meow/frames.ts';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import type { Answer } from './http-client.ts';

export type HttpDocument = 'openapi.json' | 'openapi-admin.json';

interface Response {
  headers?: Record<string, { required: boolean }>;
  content?: Record<string, unknown>;
}
type Paths = Record<string, Record<string, { responses: Record<string, Response> }>>;

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8'));
// OpenAPI and AsyncAPI have more keywords than JSON Schema.
const options = { strict: false, allErrors: true };
const openApi = addFormats.default(new Ajv2020(options));
const asyncApi = addFormats.default(new Ajv(options));
const paths = Object.fromEntries(
  (['openapi.json', 'openapi-admin.json'] satisfies HttpDocument[]).map((name) => {
    const document: { paths: Paths } = read(name);
    openApi.addSchema(document, name);
    return [name, document.paths];
  }),
);
asyncApi.addSchema(read('asyncapi.json'), 'asyncapi.json');

/** Expects an answer that the document describes. Paths and methods that are not in it get a refusal, or a file. */
export function expectDocumented(name: HttpDocument, method: string, path: string, answer: Answer): void {
  const [template, operations] = matching(paths[name] as Paths, path);
  const of = method === 'HEAD' ? 'get' : method.toLowerCase();
  const responses = operations?.[of]?.responses;
  if (template && responses)
    expectResponse(`${name}#/paths/${escapePointer(template)}/${of}`, responses, answer, method);
  else expectRefusalOrFile(name, answer, method);
}

function expectResponse(
  pointer: string,
  responses: Record<string, Response>,
  answer: Answer,
  method: string,
): void {
  const { status, headers, text } = answer;
  const what = `${pointer}: ${status} ${text.slice(0, 200)}`;
  const response = responses[status];
  expect(response, `the document has no such status: ${what}`).toBeDefined();
  for (const [header, { required }] of Object.entries(response?.headers ?? {}))
    if (required) expect(headers.has(header), `${header} is missing: ${what}`).toBe(true);
  if (!response?.content || method === 'HEAD') expect(text, what).toBe('');
  if (!response?.content) return;
  const type = mediaTypeOf(answer);
  expect(Object.keys(response.content), what).toContain(type);
  if (type !== 'application/json' || method === 'HEAD') return;
  const schema = `${pointer}/responses/${status}/content/${escapePointer(type)}/schema`;
  expectValid(openApi, schema, answer.json, what);
}

/** Expects a frame of the pusher that the document describes. */
export function expectDocumentedFrame(frame: { kind: number }): void {
  const kind = Object.entries(FrameKind).find(([, number]) => number === frame.kind)?.[0];
  const pointer = `asyncapi.json#/components/messages/${kind}Frame/payload`;
  expectValid(asyncApi, pointer, frame, JSON.stringify(frame));
}

function expectRefusalOrFile(name: HttpDocument, answer: Answer, method: string): void {
  const { status, text } = answer;
  const what = `${method}: ${status} ${text.slice(0, 200)}`;
  if (status < 400) {
    // A preflight request, or a file of the page.
    expect(['OPTIONS', 'GET', 'HEAD'], what).toContain(method);
    if (method === 'OPTIONS') expect(text, what).toBe('');
    return;
  }
  expect([400, 401, 403, 404, 405, 408, 412, 413, 414, 429, 431, 500, 502, 503, 504], what).toContain(status);
  expect(mediaTypeOf(answer), what).toBe('application/json');
  if (method !== 'HEAD') expectValid(openApi, `${name}#/components/schemas/Error`, answer.json, what);
}

function expectValid(ajv: Ajv, pointer: string, value: unknown, what: string): void {
  const validate = ajv.getSchema(pointer);
  if (!validate) throw new Error(`there is no ${pointer}`);
  expect(validate(value) || validate.errors, `${pointer} ${what}`).toBe(true);
}

/** The path of the document that describes this one; one without parameters comes first. */
function matching(all: Paths, path: string): [template?: string, operations?: Paths[string]] {
  const { pathname } = new URL(path, 'http://meower');
  const matches = Object.entries(all).filter(([template]) =>
    new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  return matches.find(([template]) => template === pathname) ?? matches[0] ?? [];
}

function mediaTypeOf({ headers }: Answer): string {
  return headers.get('content-type')?.split(';')[0] ?? '';
}

function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
