import { randomUUID } from 'node:crypto';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestSystem, type TestSystem } from './testing/order-system.ts';

function journey(env: () => Record<string, string>): void {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startTestSystem(env(), { atLeastTimeoutMs: 10_000 });
  }, 120_000);
  afterAll(() => system[Symbol.asyncDispose]());

  const create = async (service: 'order' | 'goods', body: unknown) => {
    const answer = await system.ask(service, 'POST', `/v1/${service}`, body);
    expect(answer).toMatchObject({ status: 201, body: { data: { version: 1 } } });
    return answer.body as { data: { id: number }; position: string };
  };

  test('orders with more goods than a threshold, as a client reads its own writes', async () => {
    const { data: first } = await create('order', 'userId=7');
    const { data: second } = await create('order', { userId: 8 });
    for (const order of [first, second, second]) await create('goods', `orderId=${order.id}`);
    const { data: third, position } = await create('goods', { orderId: second.id });
    expect(await system.page(`threshold=2&at_least=${position}`)).toEqual([second.id]);
    expect(await system.page(`user_id=8`)).toEqual([second.id]);

    const moved = await system.ask('goods', 'PUT', `/v1/goods/${third.id}?orderId=${first.id}`);
    expect(moved).toMatchObject({ status: 200, body: { data: { order_id: first.id, version: 2 } } });
    expect(await system.page(`threshold=1&at_least=${moved.body.position}`)).toEqual([first.id, second.id]);

    const deleted = await system.ask('order', 'DELETE', `/v1/order/${first.id}`);
    expect(deleted.body).toMatchObject({ data: { version: 2 }, position: `order-${first.id}-2` });
    expect(await system.page(`at_least=${deleted.body.position}`)).toEqual([second.id]);
    expect(await system.ask('order', 'DELETE', `/v1/order/${first.id}`)).toMatchObject({ status: 404 });

    const { body } = await system.ask('operators', 'GET', '/v1/order-history/drift');
    const none = { missing: 0, outdated: 0, surplus: 0 };
    expect(body.data).toMatchObject({
      order: none,
      goods: none,
      unlisted_goods: { waiting: 0, orphaned: 2 },
    });
  });

  test('a rebuild from the log gives the same history', async () => {
    const before = await system.ask('history', 'GET', '/v1/order-history?threshold=0');
    const rebuilt = await system.ask('operators', 'POST', '/v1/order-history/rebuild');
    expect(rebuilt).toMatchObject({
      status: 200,
      body: { data: { order: { missing: 0, outdated: 0, surplus: 0 } } },
    });
    expect(await system.ask('history', 'GET', '/v1/order-history?threshold=0')).toEqual(before);
  });

  test.each([
    ['order', 'POST', '/v1/order', '', 'userId is required'],
    [
      'order',
      'POST',
      '/v1/order',
      'userId=seven',
      'userId must be a whole number from 1 to 9007199254740991',
    ],
    [
      'order',
      'POST',
      '/v1/order',
      { userId: [1] },
      'userId must be a whole number from 1 to 9007199254740991',
    ],
    ['goods', 'POST', '/v1/goods', 'orderId=1&orderId=2', /^orderId must be a whole number/],
    ['goods', 'PUT', '/v1/goods/x', 'orderId=1', /^id must be a whole number/],
    [
      'history',
      'GET',
      '/v1/order-history?threshold=many',
      undefined,
      /^threshold must be a whole number from 0/,
    ],
    [
      'history',
      'GET',
      '/v1/order-history?limit=1001',
      undefined,
      'limit must be a whole number from 1 to 1000',
    ],
    [
      'history',
      'GET',
      '/v1/order-history?at_least=1',
      undefined,
      /^at_least must be the position of a write/,
    ],
  ] as const)('bad input gets a sentence: %s %s %s %j', async (service, method, path, body, sentence) => {
    const { status, body: answer } = await system.ask(service, method, path, body);
    expect(status).toBe(400);
    expect(answer.error).toMatch(sentence);
  });

  test('malformed JSON and unknown ids get a sentence, too', async () => {
    const malformed = await fetch(`${system.started.urls.order}/v1/order`, {
      method: 'POST',
      body: '{"userId":',
      headers: { 'content-type': 'application/json' },
    });
    expect(await malformed.json()).toEqual({ error: 'Malformed JSON' });
    expect(await system.ask('goods', 'PUT', '/v1/goods/999999', 'orderId=1')).toEqual({
      status: 404,
      body: { error: 'There is no goods with this id' },
    });
  });
}

describe('on embedded dependencies', () => journey(() => ({})));
describeReal('kafka', (address) =>
  journey(() => {
    const unique = randomUUID();
    return {
      KAFKA_ADDR: address,
      ORDER_TOPIC: `order_created_${unique}`,
      GOODS_TOPIC: `goods_created_${unique}`,
    };
  }),
);

test('a write that does not come gets a sentence in bounded time', async () => {
  await using system = await startTestSystem({ SERVICE: 'history' }, { atLeastTimeoutMs: 50 });
  expect(await system.ask('history', 'GET', '/v1/order-history?at_least=order-1-1')).toEqual({
    status: 503,
    body: { error: 'order-1-1 has not arrived yet, try again' },
  });
}, 120_000);
