import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../testing/silent-logger.ts';
import { defineRoutes } from './define-routes.ts';
import { createApp } from './express-app.ts';
import { handleFields, handleJson, handleQuery } from './input-handlers.ts';
import { integerField } from './integer-field.ts';
import { type HttpServer, listen } from './server.ts';

const cat = z.object({ name: z.string(), lives: integerField({ absent: 9 }) });
const routes = defineRoutes({
  'POST /json': handleJson(cat, async (input, headers) => ({ ...input, id: headers['x-request-id'] }), 201),
  'PUT /fields/:name': handleFields(cat, async (input) => input),
  'GET /query': handleQuery(cat, async (input) => input),
  'GET /text/:name': handleQuery(cat, async ({ name }) => `a cat named ${name}`),
});

let server: HttpServer;
beforeAll(async () => {
  const app = createApp({ logger: silentLogger, routes: [routes], checks: [] });
  server = await listen(app, { port: 0, host: '127.0.0.1' });
});
afterAll(() => server.close());

async function ask(path: string, init?: RequestInit) {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return { status: response.status, body: await response.json() };
}

test('a handler of JSON gets the checked body and the headers of its messages, and answers with its result', async () => {
  const init = { method: 'POST', headers: { 'x-request-id': 'r1' } };
  expect(await ask('/json', { ...init, body: '{"name":"Tom"}' })).toEqual({
    status: 201,
    body: { name: 'Tom', lives: 9, id: 'r1' },
  });
  expect(await ask('/json', { ...init, body: '{"lives":9}' })).toEqual({
    status: 400,
    body: { error: 'name is required' },
  });
});

test('a handler of fields reads path, body and query string, in this order', async () => {
  const form = { method: 'PUT', body: new URLSearchParams({ name: 'Kim', lives: '8' }) };
  expect((await ask('/fields/Tom?name=Eve&lives=7', form)).body).toEqual({ name: 'Tom', lives: 8 });
  const json = { method: 'PUT', body: '{"lives":6}', headers: { 'content-type': 'application/json' } };
  expect((await ask('/fields/Tom', json)).body).toEqual({ name: 'Tom', lives: 6 });
  expect((await ask('/fields/Tom?lives=7', { method: 'PUT' })).body).toEqual({ name: 'Tom', lives: 7 });
  expect(await ask('/fields/Tom?lives=many', { method: 'PUT' })).toMatchObject({ status: 400 });
});

test('a handler of queries reads path and query string, and answers a text as it is', async () => {
  expect(await ask('/query?name=Tom&lives=3')).toEqual({ status: 200, body: { name: 'Tom', lives: 3 } });
  const text = await fetch(`http://127.0.0.1:${server.port}/text/Tom`);
  expect(text.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(await text.text()).toBe('a cat named Tom');
  expect(await ask('/query')).toEqual({ status: 400, body: { error: 'name is required' } });
});
