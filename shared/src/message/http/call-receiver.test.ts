import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { RefusedError, UnavailableError } from '../capabilities.ts';
import { callReceiver } from './call-receiver.ts';

const { signal } = new AbortController();
let answer: [status: number, headers?: Record<string, string>];
let requests: { method: string | undefined; authorization: string | undefined; body: string }[];
let base: string;

const server = createServer(async (req: IncomingMessage, res) => {
  const body = Buffer.concat(await req.toArray()).toString();
  requests.push({ method: req.method, authorization: req.headers.authorization, body });
  res.writeHead(...answer).end('the reason');
});
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  base = `127.0.0.1:${(server.address() as AddressInfo).port}`; // of a TCP server
});
beforeEach(() => {
  answer = [200];
  requests = [];
});
afterAll(() => server.close());

test('posts JSON, with user and password of the URL', async () => {
  const url = new URL(`http://cat:a%20secret@${base}/x`);
  const response = await callReceiver('the receiver', url, { json: { name: 'Tom' }, signal });
  expect(await response.text()).toBe('the reason');
  const authorization = `Basic ${Buffer.from('cat:a secret').toString('base64')}`;
  expect(requests).toEqual([{ method: 'POST', authorization, body: '{"name":"Tom"}' }]);
});

test('without JSON it is a GET', async () => {
  await callReceiver('the receiver', new URL(`http://${base}/x`), { signal });
  expect(requests).toEqual([{ method: 'GET', authorization: undefined, body: '' }]);
});

test('a refusal is final; everything else may be tried later, when the receiver says', async () => {
  const call = () => callReceiver('the receiver', new URL(`http://${base}/x`), { json: {}, signal });
  answer = [422];
  await expect(call()).rejects.toThrow(new RefusedError('the receiver refuses it: the reason'));
  answer = [429, { 'retry-after': '7' }];
  await expect(call()).rejects.toMatchObject({ retryAfterMs: 7000 });
  answer = [401];
  await expect(call()).rejects.toThrow(UnavailableError);
  const nowhere = callReceiver('the receiver', new URL('http://127.0.0.1:1/'), { signal });
  await expect(nowhere).rejects.toThrow('the receiver cannot be reached');
});
