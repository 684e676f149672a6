import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../testing/silent-logger.ts';
import { type Served, serve } from './serve.ts';
import type { Service } from './service.ts';

const WEBSOCKET = 'Host: cat\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
const SLOW = 'GET /slow HTTP/1.1\r\nHost: cat\r\n\r\n';
const REFUSED = /^HTTP\/1\.1 400 .*\r\nConnection: close\r\n.*\{"error":"[^"]+"\}$/is;

/** Shorter than the time that closing waits for responses. */
const SOON_MS = 8000;

let served: Served;
let clients: Socket[];
let slow: { requested: PromiseWithResolvers<void>; answer: PromiseWithResolvers<void> };

const routes: Service['routes'] = {
  methods: { '/meows': ['GET', 'POST'], '/slow': ['GET'] },
  register(app) {
    app.get('/meows', (_req, res) => void res.json([]));
    app.get('/slow', async (_req, res) => {
      slow.requested.resolve();
      await slow.answer.promise;
      res.json('slow');
    });
  },
};
const service: Service = { routes, checks: [], close: async () => {} };

async function start(service: Service, leaveMs = 0): Promise<void> {
  served = await serve([service], { logger: silentLogger, port: 0, host: '127.0.0.1', leaveMs });
}

/** A client that never closes its side. */
class StubbornClient {
  readonly socket: Socket;
  received = '';

  constructor(request: string) {
    this.socket = connect({ port: served.port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      this.received += text;
    });
    this.socket.write(request);
    clients.push(this.socket);
  }

  /** Everything received until the server closes its side. */
  async untilEnd(): Promise<string> {
    await once(this.socket, 'end');
    return this.received;
  }
}

beforeEach(() => {
  clients = [];
  slow = { requested: Promise.withResolvers(), answer: Promise.withResolvers() };
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  slow.answer.resolve();
  await served.close();
});

describe('services without WebSockets', { timeout: SOON_MS }, () => {
  beforeEach(() => start(service));

  test.each(['/meows', '/', '/healthz', '/nothing', '//', 'http://cat/meows'])(
    'refuse a WebSocket on %s',
    async (path) => {
      const client = new StubbornClient(`GET ${path} HTTP/1.1\r\n${WEBSOCKET}\r\n`);
      expect(await client.untilEnd()).toMatch(REFUSED);
    },
  );

  test.each([
    ['with a body', 'body=meow'],
    ['with a body that never comes', ''],
  ])('refuse a WebSocket %s', async (_, body) => {
    const client = new StubbornClient(`POST /meows HTTP/1.1\r\n${WEBSOCKET}Content-Length: 9\r\n\r\n${body}`);
    expect(await client.untilEnd()).toMatch(REFUSED);
  });

  test('refuse CONNECT', async () => {
    const client = new StubbornClient('CONNECT cat:80 HTTP/1.1\r\nHost: cat:80\r\n\r\n');
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 405 .*\{"error":"Method not allowed"\}$/s);
  });

  test.each([
    ['an upgrade', `GET /meows HTTP/1.1\r\n${WEBSOCKET}\r\n`],
    ['CONNECT', 'CONNECT cat:80 HTTP/1.1\r\nHost: cat:80\r\n\r\n'],
    ['garbage', 'meow\r\n\r\n'],
  ])('close although a client that sent %s keeps its side open', async (_, request) => {
    await new StubbornClient(request).untilEnd();
    await served.close();
  });

  test('complete the response before a request for a WebSocket, then refuse it', async () => {
    const client = new StubbornClient(`${SLOW}GET /meows HTTP/1.1\r\n${WEBSOCKET}\r\n`);
    await slow.requested.promise;
    slow.answer.resolve();
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 200 .*"slow"HTTP\/1\.1 400 .*\{"error":"[^"]+"\}$/s);
  });

  test.each([
    ['garbage', 'meow\r\n\r\n'],
    ['CONNECT', 'CONNECT cat:80 HTTP/1.1\r\nHost: cat:80\r\n\r\n'],
  ])('never send the refusal of %s as the response to the request before it', async (_, request) => {
    expect(await new StubbornClient(SLOW + request).untilEnd()).toBe('');
  });

  test('ignore an unknown expectation', async () => {
    const client = new StubbornClient(
      'GET /meows HTTP/1.1\r\nHost: cat\r\nExpect: food\r\nConnection: close\r\n\r\n',
    );
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 200 .*\[\]$/s);
  });

  test('close while a client requests a WebSocket', async () => {
    const client = new StubbornClient(SLOW);
    await slow.requested.promise;
    const closed = served.close();
    client.socket.write(`GET /meows HTTP/1.1\r\n${WEBSOCKET}\r\n`);
    slow.answer.resolve();
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 200 .*"slow"/s);
    await closed;
  });
});

describe('services with a WebSocket on one path', { timeout: SOON_MS }, () => {
  const onUpgrade = vi.fn<NonNullable<Service['upgrades']>[string]>((_req, socket) => socket.end('welcome'));

  beforeEach(async () => {
    onUpgrade.mockClear();
    await start({ ...service, upgrades: { '/socket': onUpgrade } });
  });

  test.each(['/socket', '/socket?cursor=1', 'http://cat/socket'])('open it on %s', async (path) => {
    const client = new StubbornClient(`GET ${path} HTTP/1.1\r\n${WEBSOCKET}\r\n`);
    expect(await client.untilEnd()).toBe('welcome');
  });

  test.each([
    ['on another path', `GET /meows HTTP/1.1\r\n${WEBSOCKET}\r\n`],
    ['on a path below', `GET /socket/more HTTP/1.1\r\n${WEBSOCKET}\r\n`],
    ['with another method', `POST /socket HTTP/1.1\r\n${WEBSOCKET}\r\n`],
    ['with a body', `GET /socket HTTP/1.1\r\n${WEBSOCKET}Content-Length: 4\r\n\r\nmeow`],
    ['with chunks', `GET /socket HTTP/1.1\r\n${WEBSOCKET}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ])('refuse a WebSocket %s', async (_, request) => {
    expect(await new StubbornClient(request).untilEnd()).toMatch(REFUSED);
    expect(onUpgrade).not.toHaveBeenCalled();
  });

  test('open none while an earlier request of the connection is pending', async () => {
    const client = new StubbornClient(`${SLOW}GET /socket HTTP/1.1\r\n${WEBSOCKET}\r\n`);
    await slow.requested.promise;
    slow.answer.resolve();
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 200 .*"slow"HTTP\/1\.1 400 .*\{"error":"[^"]+"\}$/s);
    expect(onUpgrade).not.toHaveBeenCalled();
  });
});

describe('a service that leaves', { timeout: SOON_MS }, () => {
  const agent = new Agent({ keepAlive: true });
  afterEach(() => agent.destroy());
  /** The status, and whether the server ends the connection. */
  const ask = async (path: string): Promise<[number | undefined, string | undefined]> => {
    const asked = request({ port: served.port, host: '127.0.0.1', path, agent }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return [answer.statusCode, answer.headers.connection];
  };

  test('answers for a while, not ready and without keeping connections; then it keeps its port closed', async () => {
    await start({ ...service, disconnectClients: async () => void disconnected() }, 400);
    const disconnected = vi.fn();
    expect(await ask('/readyz')).toEqual([200, 'keep-alive']);
    const started = performance.now();
    const closed = served.close();
    expect(await ask('/meows')).toEqual([200, 'close']);
    expect(await ask('/readyz')).toEqual([503, 'close']);
    expect(disconnected).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(disconnected).toHaveBeenCalled(), { timeout: SOON_MS, interval: 5 });
    await expect(ask('/meows')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await closed;
    expect(performance.now() - started).toBeGreaterThanOrEqual(790);
  });
});
