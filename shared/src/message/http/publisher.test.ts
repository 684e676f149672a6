import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { BrokerUnavailableError, type Message, RefusedError } from '../capabilities.ts';
import { createHttpPublisher, type HttpPublisherOptions } from './publisher.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

type Answer = (res: ServerResponse, body: string, req: IncomingMessage) => void;

/** A real server, and a publisher that POSTs to it. */
async function publishTo(answer: Answer, options: Partial<HttpPublisherOptions> = {}) {
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    answer(res, Buffer.concat(chunks).toString(), req);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const marshal = ({ id, payload }: Message) => ({
    url: `${url}?secret=1`,
    method: 'POST',
    headers: { 'x-id': id },
    body: payload,
  });
  return { publisher: createHttpPublisher({ marshal, ...options }), url, server };
}

const message = (id: string, key?: string): Message => ({
  id,
  key,
  metadata: {},
  payload: Buffer.from(`body of ${id}`),
});

async function failure(promise: Promise<void>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

test('a message is stored when the answer is a 2xx', async () => {
  const received: unknown[] = [];
  const { publisher } = await publishTo((res, body, req) => {
    received.push([req.method, req.url, req.headers['x-id'], body]);
    res.writeHead(202).end('thanks');
  });
  await publisher.publish('topic', [message('1')]);
  expect(received).toEqual([['POST', '/hook?secret=1', '1', 'body of 1']]);
});

test.each([400, 401, 404, 410, 413, 422])(
  '%s refuses the message for good, with the reason in the answer',
  async (status) => {
    const { publisher, url } = await publishTo((res) => res.writeHead(status).end('no such cat'));
    const error = await failure(publisher.publish('topic', [message('1')]));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toBe(`POST ${url} was answered with ${status}: no such cat`);
  },
);

test.each([301, 307, 408, 429, 500, 502, 503])('%s asks to publish it again', async (status) => {
  const { publisher } = await publishTo((res) =>
    res.writeHead(status, { location: '/', 'retry-after': '7' }).end(),
  );
  const error = await failure(publisher.publish('topic', [message('1')]));
  expect(error).toBeInstanceOf(BrokerUnavailableError);
  expect(error).toMatchObject({ retryAfterMs: 7000 });
});

test('a server that is not there asks to publish it again', async () => {
  const { publisher, server, url } = await publishTo((res) => res.end());
  await new Promise((resolve) => server.close(resolve));
  const error = await failure(publisher.publish('topic', [message('1')]));
  expect(error).toBeInstanceOf(BrokerUnavailableError);
  expect((error as Error).message).toBe(`POST ${url} was not answered`);
});

test('a connection that breaks inside the answer, and an answer that is too late, as well', async () => {
  const broken = await publishTo((res) => {
    res.writeHead(200, { 'content-length': '100' }).write('begin');
    setImmediate(() => res.destroy());
  });
  expect(await failure(broken.publisher.publish('topic', [message('1')]))).toBeInstanceOf(
    BrokerUnavailableError,
  );
  const late = await publishTo(() => {}, { timeoutMs: 50 });
  expect(await failure(late.publisher.publish('topic', [message('1')]))).toBeInstanceOf(
    BrokerUnavailableError,
  );
});

test('a message of which no request can be made is refused', async () => {
  const { publisher } = await publishTo((res) => res.end(), {
    marshal: () => ({
      url: 'http://127.0.0.1/',
      method: 'POST',
      headers: { 'x-a': 'a\r\nb: c' },
      body: Buffer.from(''),
    }),
  });
  expect(await failure(publisher.publish('topic', [message('1')]))).toBeInstanceOf(RefusedError);
});

test('an answer without end is not read to its end', async () => {
  const { publisher } = await publishTo((res) => {
    const more = () => {
      while (!res.destroyed && res.write(Buffer.alloc(64 * 1024)));
    };
    res.writeHead(200).on('drain', more);
    more();
  });
  await publisher.publish('topic', [message('1')]);
});

test('messages of a key are sent one after the other in order, others meanwhile', async () => {
  const waiting = new Map<string, ServerResponse>();
  const { publisher } = await publishTo((res, body) => void waiting.set(body.slice(8), res));
  const published = publisher.publish('topic', [
    message('a1', 'a'),
    message('a2', 'a'),
    message('b1', 'b'),
    message('n1'),
    message('n2'),
  ]);
  const answerWhen = async (...ids: string[]) => {
    await vi.waitFor(() => expect([...waiting.keys()].sort()).toEqual(ids), { interval: 5 });
    for (const res of waiting.values()) res.end();
    waiting.clear();
  };
  await answerWhen('a1', 'b1', 'n1', 'n2');
  await answerWhen('a2');
  await published;
});

test('after a message that is not stored, none of its key is sent', async () => {
  const received: string[] = [];
  const { publisher } = await publishTo((res, body) => {
    received.push(body.slice(8));
    res.writeHead(body.endsWith('a1') ? 503 : 200).end();
  });
  const error = await failure(
    publisher.publish('topic', [message('a1', 'a'), message('a2', 'a'), message('b1', 'b')]),
  );
  expect(error).toBeInstanceOf(BrokerUnavailableError);
  expect(received.sort()).toEqual(['a1', 'b1']);
});

test('when one is refused and another not stored, all are to be published again', async () => {
  const { publisher } = await publishTo((res, body) => res.writeHead(body.endsWith('1') ? 400 : 503).end());
  const error = await failure(publisher.publish('topic', [message('1'), message('2')]));
  expect(error).toBeInstanceOf(BrokerUnavailableError);
});

test('has no more requests in flight than allowed, and as many', async () => {
  const waiting: ServerResponse[] = [];
  const rounds: number[] = [];
  const { publisher } = await publishTo(
    (res) => {
      if (waiting.push(res) < 3) return;
      rounds.push(waiting.length);
      for (const each of waiting.splice(0)) each.end();
    },
    { maxInFlight: 3 },
  );
  const messages = Array.from({ length: 20 }, (_, i) => message(`${i}`));
  await Promise.all([publisher.publish('t', messages), publisher.publish('t', [message('x')])]);
  expect(rounds).toEqual([3, 3, 3, 3, 3, 3, 3]);
});
