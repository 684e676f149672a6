import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ConnectionTracker, trackConnections } from './drain.ts';

/** Longer than a test may take: a test that waits for it fails. */
const NEVER_MS = 120_000;
const REQUEST = 'GET / HTTP/1.1\r\nHost: cat\r\n\r\n';

let server: Server;
let connections: ConnectionTracker;
let client: Socket;

beforeEach(async () => {
  server = createServer();
  connections = trackConnections(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // not a string, because it listens on a port
  client = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('utf8');
  await once(server, 'connection');
});
afterEach(() => {
  client.destroy();
  server.closeAllConnections();
});

async function request(): Promise<ServerResponse> {
  client.write(REQUEST);
  const [, response] = await once(server, 'request');
  return response;
}

test('does not wait for a connection without a request', async () => {
  await connections.drain(NEVER_MS);
});

test('does not wait for half a request', async () => {
  client.write(REQUEST.slice(0, 10));
  await connections.drain(NEVER_MS);
});

test('does not wait for a connection that is kept alive', async () => {
  (await request()).end('a response');
  await once(client, 'data');
  await connections.drain(NEVER_MS);
});

test('completes a response, then ends the connection even if the client keeps its side open', async () => {
  const response = await request();
  const drained = connections.drain(NEVER_MS);
  response.end('the response');
  const [received] = await once(client, 'data');
  expect(received).toMatch(/the response$/);
  await once(client, 'end');
  await drained;
});

test('cuts off a response that is not complete in time', async () => {
  await request();
  const ended = once(client, 'end');
  await connections.drain(10);
  await ended;
});

test('leaves a connection that was released to its new owner', async () => {
  const upgraded = once(server, 'upgrade');
  client.write('GET / HTTP/1.1\r\nHost: cat\r\nConnection: Upgrade\r\nUpgrade: cat\r\n\r\n');
  const [, socket] = await upgraded;
  connections.release(socket);
  const drained = connections.drain(NEVER_MS);
  socket.write('goodbye');
  const [received] = await once(client, 'data');
  expect(received).toBe('goodbye');
  socket.destroy();
  await drained;
});
