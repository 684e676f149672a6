import { deepEqual, equal, match } from 'node:assert/strict';
import type { MeowJson } from '../../shared/src/meow/meow.ts';

export const baseUrl = process.argv[2] ?? 'http://127.0.0.1:8080';

const TIMEOUT_MS = 15_000;

export function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(baseUrl + path, { signal: AbortSignal.timeout(TIMEOUT_MS), ...init });
}

/** The id of the new meow. */
export async function post(body: string): Promise<string> {
  const response = await ask('/meows', { method: 'POST', body: new URLSearchParams({ body }) });
  const text = await response.text();
  equal(response.status, 200, text);
  return (JSON.parse(text) as { id: string }).id;
}

export async function meows(path: string): Promise<MeowJson[]> {
  const response = await ask(path);
  equal(response.status, 200, `GET ${path}`);
  return (await response.json()) as MeowJson[];
}

export async function listedIds(): Promise<string[]> {
  return (await meows('/meows?take=1000')).map(({ id }) => id);
}

/** Asserts an error as in docs/interface.md, with the CORS header exactly once. */
export async function isError(response: Response, status: number, message?: string): Promise<void> {
  const body = (await response.json()) as { error: string };
  equal(response.status, status, JSON.stringify(body));
  equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
  // fetch joins repeated headers with a comma.
  equal(response.headers.get('access-control-allow-origin'), '*');
  deepEqual(Object.keys(body), ['error']);
  if (message === undefined) match(body.error, /\w/);
  else equal(body.error, message);
}
