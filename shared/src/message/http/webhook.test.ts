import { gzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { HttpError } from '../../http/errors.ts';
import { createApp } from '../../http/express-app.ts';
import { listen } from '../../http/server.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import {
  type BatchHandler,
  type ConsumeOptions,
  type Delivery,
  type Publisher,
  RefusedError,
} from '../capabilities.ts';
import { UnavailableError } from '../router/failure.ts';
import { createRouter } from '../router/router.ts';
import { marshalCloudEvent, unmarshalCloudEvent } from './cloud-events.ts';
import { createHttpPublisher } from './publisher.ts';
import { createWebhook, type WebhookOptions } from './webhook.ts';

const logger = silentLogger;
const soon = { interval: 5 };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A webhook in a service that listens; its requests have a message for each line. */
async function open(options: Partial<WebhookOptions> = {}) {
  const unmarshal: WebhookOptions['unmarshal'] = ({ body }) => {
    const lines = Buffer.from(body).toString().split('\n');
    if (lines.includes('bad')) throw new RefusedError('This is bad');
    return lines.map((id) => ({ id, metadata: {}, payload: Buffer.from(id) }));
  };
  const webhook = createWebhook({ path: '/hook', topic: 'hooked', unmarshal, logger, ...options });
  const server = await listen(createApp({ logger, routes: [webhook.routes], checks: [] }), {
    port: 0,
    host: '127.0.0.1',
  });
  closing.push(() => server.close());
  const url = `http://127.0.0.1:${server.port}/hook`;
  const post = async (body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}) => {
    const answer = await fetch(url, { method: 'POST', body, headers });
    return {
      status: answer.status,
      retryAfter: answer.headers.get('retry-after'),
      text: await answer.text(),
    };
  };
  const consume = async (handler: BatchHandler, consuming?: ConsumeOptions) => {
    const subscription = await webhook.consumer.consume(['hooked'], 'group', handler, consuming);
    closing.push(() => subscription.close());
    return subscription;
  };
  return { webhook, url, post, consume };
}

test('a request is answered with 204 when its messages are acked, and not before', async () => {
  const { post, consume } = await open();
  const batches: (readonly Delivery[])[] = [];
  const end = Promise.withResolvers<void>();
  await consume((batch) => {
    batches.push(batch);
    return end.promise;
  });
  let answered = false;
  const posted = post('1\n2', { 'x-request-id': 'r', traceparent: 't' }).finally(() => {
    answered = true;
  });
  await vi.waitFor(() => expect(batches).toHaveLength(1), soon);
  expect(batches[0]).toMatchObject([
    { id: '1', topic: 'hooked', attempt: 1, metadata: { 'x-request-id': 'r', traceparent: 't' } },
    { id: '2' },
  ]);
  expect(answered).toBe(false);
  end.resolve();
  expect(await posted).toMatchObject({ status: 204, text: '' });
});

test('a request with a message that is nacked is asked for again after its delay', async () => {
  const { post, consume } = await open();
  await consume(async ([first, second]) => {
    first?.nack(1500);
    second?.nack(200);
  });
  expect(await post('1\n2\n3')).toMatchObject({ status: 503, retryAfter: '2' });
});

test('a request with a message that is rejected is refused with the reason', async () => {
  const { post, consume } = await open();
  await consume(async ([first]) => {
    await first?.reject('no such cat');
  });
  expect(await post('1\n2')).toEqual({ status: 422, retryAfter: null, text: '{"error":"no such cat"}' });
});

test('a handler that fails makes the sender send again', async () => {
  const { post, consume } = await open();
  await consume(() => Promise.reject(new Error('fails')));
  expect(await post('1')).toMatchObject({ status: 503, retryAfter: '1' });
});

test('without a consumer the sender is asked to send again, also after it has left', async () => {
  const { post, consume } = await open();
  expect(await post('1')).toMatchObject({ status: 503, retryAfter: '1' });
  const subscription = await consume(async () => {});
  expect(await post('1')).toMatchObject({ status: 204 });
  await subscription.close();
  await subscription.close();
  expect(await post('1')).toMatchObject({ status: 503, retryAfter: '1' });
});

test('closing waits for the batch that is being handled and gives back those behind it', async () => {
  const { post, consume } = await open();
  const handling: (() => void)[] = [];
  const subscription = await consume(() => new Promise((resolve) => handling.push(resolve)));
  const first = post('1');
  await vi.waitFor(() => expect(handling).toHaveLength(1), soon);
  const second = post('2');
  const closed = subscription.close();
  expect(await second).toMatchObject({ status: 503 });
  handling[0]?.();
  await closed;
  expect(await first).toMatchObject({ status: 204 });
});

test('what unmarshal refuses is answered with 400 and its sentence, an HttpError with its own status', async () => {
  const { post, consume } = await open();
  await consume(async () => {});
  expect(await post('bad')).toMatchObject({ status: 400, text: '{"error":"This is bad"}' });
  const signed = await open({
    unmarshal: () => {
      throw new HttpError(401, 'Wrong signature');
    },
  });
  await signed.consume(async () => {});
  expect(await signed.post('1')).toMatchObject({ status: 401, text: '{"error":"Wrong signature"}' });
});

test('a body over the limit is refused with 413, also one that is small until it is uncompressed', async () => {
  const { post, consume } = await open({ maxBytes: 1000 });
  await consume(async () => {});
  expect(await post('a'.repeat(1000))).toMatchObject({ status: 204 });
  expect(await post('a'.repeat(1001))).toMatchObject({ status: 413 });
  const bomb = Buffer.from(gzipSync('a'.repeat(100_000)));
  expect(bomb.length).toBeLessThan(1000);
  expect(await post(bomb, { 'content-encoding': 'gzip' })).toMatchObject({ status: 413 });
});

test('a request above the limit of requests is asked for again', async () => {
  const { post, consume } = await open({ maxRequests: 2 });
  const handling: (() => void)[] = [];
  await consume(() => new Promise((resolve) => handling.push(resolve)), {
    maxBatch: 1,
    maxConcurrentBatches: 10,
  });
  const taken = [post('1'), post('2')];
  await vi.waitFor(() => expect(handling).toHaveLength(2), soon);
  expect(await post('3')).toMatchObject({ status: 503, retryAfter: '1' });
  for (const end of handling) end();
  expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([204, 204]);
});

test('messages of several requests share batches, within the limits of the consumer', async () => {
  let read = 0;
  const unmarshal: WebhookOptions['unmarshal'] = ({ body }) => {
    read++;
    return [...Buffer.from(body).toString()].map((id) => ({ id, metadata: {}, payload: body }));
  };
  const { post, consume } = await open({ unmarshal });
  const sizes: number[] = [];
  const first = Promise.withResolvers<void>();
  await consume(
    async (batch) => {
      if (sizes.push(batch.length) === 1) await first.promise;
    },
    { maxBatch: 3 },
  );
  const posted = [post('1')];
  await vi.waitFor(() => expect(sizes).toEqual([1]), soon);
  posted.push(post('23'), post('45'));
  await vi.waitFor(() => expect(read).toBe(3), soon);
  first.resolve();
  expect((await Promise.all(posted)).map(({ status }) => status)).toEqual([204, 204, 204]);
  expect(sizes).toEqual([1, 3, 1]);
});

test('a handler that takes too long loses its messages, and until it ends senders are asked again', async () => {
  const { post, consume } = await open({ handlerTimeoutMs: 100 });
  const end = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  await consume(async (_batch, signal) => {
    signals.push(signal);
    await end.promise;
  });
  const both = await Promise.all([post('1'), post('2')]);
  expect(both.map(({ status }) => status)).toEqual([503, 503]);
  expect(signals[0]?.aborted).toBe(true);
  expect(await post('3')).toMatchObject({ status: 503 });
  end.resolve();
  await vi.waitFor(async () => expect(await post('4')).toMatchObject({ status: 204 }), soon);
});

test('has one topic and one consumer', async () => {
  const { webhook, consume } = await open();
  const handler = async () => {};
  await expect(webhook.consumer.consume(['other'], 'g', handler)).rejects.toThrow('has one topic, hooked');
  await consume(handler);
  await expect(webhook.consumer.consume(['hooked'], 'g', handler)).rejects.toThrow('has a consumer already');
});

test('an event goes from a publisher through a webhook and a router, and is acked when the next broker has it', async () => {
  const { webhook, url } = await open({ unmarshal: unmarshalCloudEvent });
  const stored: { topic: string; id: string; text: string; metadata: object }[] = [];
  let down = true;
  const next: Publisher = {
    async publish(topic, messages) {
      if (down) throw new UnavailableError('the next broker is unavailable', { retryAfterMs: 1 });
      for (const { id, payload, metadata } of messages)
        stored.push({ topic, id, text: Buffer.from(payload).toString(), metadata });
    },
  };
  const router = createRouter({ logger, policy: { maxAttempts: 2 } });
  router.add({
    name: 'forward',
    from: { consumer: webhook.consumer, topic: 'hooked' },
    to: { publisher: next, topic: 'inside' },
    handle: async ({ key, metadata, payload }) => [{ key, metadata, payload }],
  });
  await router.start();
  closing.push(() => router.close());
  const publisher = createHttpPublisher({ marshal: marshalCloudEvent({ url, source: '/cats' }) });
  const message = {
    id: 'ä 1',
    key: 'Mitzi',
    metadata: { 'ce-type': 'cat.seen' },
    payload: Buffer.from('{"cat":"Mitzi"}'),
  };
  await expect(publisher.publish('cat.seen', [message])).rejects.toMatchObject({
    name: 'BrokerUnavailableError',
    retryAfterMs: 1000,
  });
  down = false;
  await vi.waitFor(() => publisher.publish('cat.seen', [message]), soon);
  expect(stored).toHaveLength(1);
  expect(stored).toMatchObject([
    {
      topic: 'inside',
      text: '{"cat":"Mitzi"}',
      metadata: {
        'ce-specversion': '1.0',
        'ce-type': 'cat.seen',
        'ce-source': '/cats',
        'ce-datacontenttype': 'application/json',
        'x-request-id': expect.any(String),
      },
    },
  ]);
});
