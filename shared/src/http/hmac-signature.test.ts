import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { silentLogger } from '../testing/silent-logger.ts';
import { defineRoutes } from './define-routes.ts';
import { createApp } from './express-app.ts';
import { isSignedWith, readSignedJson } from './hmac-signature.ts';
import { listen } from './server.ts';

// From GitHub's documentation.
const SECRET = "It's a Secret to Everybody";
const SIGNATURE = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
const body = Buffer.from('Hello, World!');

test('a body is signed with the secret, or not', () => {
  expect(isSignedWith(SECRET, body, SIGNATURE)).toBe(true);
  expect(isSignedWith('another', body, SIGNATURE)).toBe(false);
  expect(isSignedWith(SECRET, Buffer.from('Hello'), SIGNATURE)).toBe(false);
  expect(isSignedWith(SECRET, body, 'sha256=')).toBe(false);
  expect(isSignedWith(SECRET, body)).toBe(false);
});

test('reads JSON that is signed, and refuses other bodies', async () => {
  const read = readSignedJson({ secret: SECRET, header: 'x-signature', limit: '1kb' });
  const routes = defineRoutes({ 'POST /': [...read, (req, res) => void res.json(req.body)] });
  const app = createApp({ logger: silentLogger, routes: [routes], checks: [] });
  const server = await listen(app, { port: 0, host: '127.0.0.1' });
  const post = async (body: string, signed = body) => {
    const signature = `sha256=${createHmac('sha256', SECRET).update(signed).digest('hex')}`;
    const headers = { 'x-signature': signature };
    const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body, headers });
    return [response.status, await response.json()];
  };
  try {
    expect(await post('{"cat":"Tom"}')).toEqual([200, { cat: 'Tom' }]);
    const error = 'the header x-signature does not sign this body with the secret';
    expect(await post('{"cat":"Eve"}', '{"cat":"Tom"}')).toEqual([401, { error }]);
    expect(await post('{"cat"')).toEqual([400, { error: 'Malformed JSON' }]);
  } finally {
    await server.close();
  }
});
