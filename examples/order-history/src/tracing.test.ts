import { startTestTracing, tracingEnv } from '@meower/shared/testing/test-tracing.ts';
import { tracePaths } from '@meower/shared/testing/trace-text.ts';
import { expect, test, vi } from 'vitest';
import { startTestSystem } from './testing/order-system.ts';

// PGlite starts slowly on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

test('an order, its event and its place in the history are one trace', async () => {
  await using opened = new AsyncDisposableStack();
  const tracing = await startTestTracing();
  opened.defer(() => tracing.close());
  const system = opened.use(
    await startTestSystem(tracingEnv(tracing.receiver), { atLeastTimeoutMs: 20_000 }),
  );
  const { status, body } = await system.ask('order', 'POST', '/v1/order', { userId: 7 });
  expect(status).toBe(201);
  await system.page(`at_least=${body.position}`);

  const { spans } = tracing.receiver;
  const paths = () => {
    const traceId = spans.find(({ name }) => name === 'POST /v1/order')?.traceId;
    return traceId && tracePaths(spans, traceId).sort();
  };
  const expected = [
    'POST /v1/order',
    'POST /v1/order > process order_created_v1 attempt=1 settled=acked',
    'POST /v1/order > send order_created_v1',
  ];
  await vi.waitFor(() => expect(paths()).toEqual(expected), { timeout: 20_000, interval: 20 });
});
