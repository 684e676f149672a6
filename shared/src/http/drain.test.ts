import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followConnections } from './drain.ts';

/** Longer than a test may take: who waits for it fails. */
const NEVER_MS = 120_000;
const REQUEST = 'GET / HTTP/1.1\r\nHost: cat\r\n\r\n';

let server: Server;
let stop: (drainMs: number) => Promise<void>;
let client: Socket;

beforeEach(async () => {
  server = createServer();
  stop = followConnections(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
  await once(server, 'connection');
});
afterEach(() => {
  client.destroy();
  server.closeAllConnections();
});

async function asked(): Promise<ServerResponse> {
  client.write(REQUEST);
  const [, response] = await once(server, 'request');
  return response;
}

test('does not wait for a connection on which nothing was asked', async () => {
  await stop(NEVER_MS);
});

test('does not wait for half a question', async () => {
  client.write(REQUEST.slice(0, 10));
  await stop(NEVER_MS);
});

test('does not wait for a connection that is kept alive', async () => {
  (await asked()).end('an answer');
  await once(client, 'data');
  await stop(NEVER_MS);
});

test('gives the answer that it owes, and then ends the connection', async () => {
  const response = await asked();
  const stopped = stop(NEVER_MS);
  response.end('the answer');
  const [answer] = await once(client, 'data');
  expect(answer).toMatch(/the answer$/);
  await stopped;
});

test('cuts off what takes longer than it may', async () => {
  await asked();
  const closed = once(client, 'close');
  await stop(10);
  await closed;
});

test('leaves an upgraded connection to whoever took it over', async () => {
  const upgraded = once(server, 'upgrade');
  client.write('GET / HTTP/1.1\r\nHost: cat\r\nConnection: Upgrade\r\nUpgrade: cat\r\n\r\n');
  const [, socket] = await upgraded;
  const stopped = stop(NEVER_MS);
  socket.end('goodbye');
  const [said] = await once(client, 'data');
  expect(said).toBe('goodbye');
  await stopped;
});
