import { readFile } from 'node:fs/promises';
import { createApp } from '@meower/shared/http/express-app.ts';
import { type HttpServer, listen } from '@meower/shared/http/server.ts';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EDGE_HEADERS } from './headers.ts';

const nginxConf = await readFile(new URL('../../nginx/nginx.conf', import.meta.url), 'utf8');
let server: HttpServer;

beforeAll(async () => {
  const app = createApp({
    logger: pino({ level: 'silent' }),
    routes: [{ methods: { '/meows': ['GET', 'POST'] }, register: () => undefined }],
    checks: [],
    headers: EDGE_HEADERS,
  });
  server = await listen(app, { port: 0 });
});
afterAll(() => server.close());

async function headersOf(path: string, method: string): Promise<Record<string, string>> {
  return Object.fromEntries((await fetch(`http://127.0.0.1:${server.port}${path}`, { method })).headers);
}

/** The headers that nginx adds to every answer. */
function headersOfNginx(): Record<string, string> {
  const [, http = ''] = /^http \{$(.*)^ {2}server \{$/ms.exec(nginxConf) ?? [];
  const added = http.matchAll(/^ {2}add_header (\S+) (?:"(.*)"|(\S+)) always;$/gm);
  return Object.fromEntries(
    [...added].map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']),
  );
}

/** The value of a `map` for preflight requests. */
function preflightOfNginx(variable: string): string | undefined {
  const [, quoted, plain] =
    new RegExp(`^ {2}map \\S+ \\$${variable} \\{$[^}]*^ {4}default +(?:"([^"]*)"|(\\S+));$`, 'ms').exec(
      nginxConf,
    ) ?? [];
  return quoted ?? plain;
}

test.each(['/healthz', '/nothing'])('the answer to GET %s has the headers that nginx adds', async (path) => {
  const { 'x-request-id': _, ...added } = headersOfNginx();
  expect(Object.keys(added)).toContain('content-security-policy');
  expect(await headersOf(path, 'GET')).toMatchObject(added);
});

test('the answer to a preflight request is the one of nginx', async () => {
  const answer = await headersOf('/meows', 'OPTIONS');
  expect(answer['access-control-allow-headers']).toBe(preflightOfNginx('preflight_headers'));
  expect(answer['access-control-max-age']).toBe(preflightOfNginx('preflight_max_age'));
});
