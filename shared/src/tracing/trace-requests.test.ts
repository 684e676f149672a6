import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { context, trace } from '@opentelemetry/api';
import express from 'express';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestTracing, type TestTracing } from '../testing/test-tracing.ts';
import { startChild } from './spans.ts';
import { traceRequests } from './trace-requests.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
const SOON = { timeout: 20_000, interval: 20 };

let tracing: TestTracing;
beforeAll(async () => {
  tracing = await startTestTracing();
});
afterAll(() => tracing.close());

/** Answers with the place in the trace that the handler sees. */
async function startApp(options: Partial<Parameters<typeof traceRequests>[0]>) {
  const app = express()
    .use(traceRequests({ ratio: 1, behindNginx: false, ...options }))
    .get('/:name', ({ headers, params }, res) => {
      const attributes = () => ({});
      startChild({ name: `in ${params.name}`, kind: 0, attributes }, context.active()).end();
      res.json({ traceparent: headers.traceparent, active: trace.getActiveSpan()?.spanContext().traceId });
    });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // of a TCP server
  return {
    async ask(path: string, headers: Record<string, string> = {}) {
      return (await (await fetch(`${url}${path}`, { headers })).json()) as Record<string, string>;
    },
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

const named = (name: string) => tracing.receiver.spans.filter((span) => span.name === name);

test('a caller cannot have its requests traced, and they stay in its trace', async () => {
  await using app = await startApp({ ratio: 0 });
  const place = async (traceparent: string) => (await app.ask('/none', { traceparent })).traceparent;
  expect(await place(CALLER)).toBe(`00-${TRACE_ID}-00f067aa0ba902b7-00`);
  const places = [await place('nonsense'), (await app.ask('/none')).traceparent, await place('')];
  for (const each of places) expect(each).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(new Set(places).size).toBe(3);

  await using all = await startApp({});
  await all.ask('/all');
  await vi.waitFor(() => expect(named('GET /:name')).toHaveLength(1), SOON);
  expect(named('in all')).toHaveLength(1);
  expect(named('in none')).toEqual([]);
});

test('a share of the requests is sampled at random', async () => {
  let random = 0.25;
  await using app = await startApp({ ratio: 0.25, random: () => random });
  const isSampled = async () =>
    (await app.ask('/share', { traceparent: CALLER })).traceparent?.endsWith('-01');
  expect(await isSampled()).toBe(false);
  random = 0.24;
  expect(await isSampled()).toBe(true);
});

test('nginx has a span from when it received the request, below that of the caller', async () => {
  await using app = await startApp({ behindNginx: true });
  const nowMs = Date.now();
  const headers = { traceparent: CALLER, 'x-request-start': `t=${(nowMs / 1000).toFixed(3)}; age=0.250` };
  await app.ask('/proxied', headers);
  await vi.waitFor(() => expect(named('nginx')).toHaveLength(1), SOON);
  const [ofNginx] = named('nginx');
  expect(ofNginx).toMatchObject({ service: 'nginx', kind: 'server', parentSpanId: '00f067aa0ba902b7' });
  expect(ofNginx?.startMs).toBeCloseTo(nowMs - 250, 0);
  const [request] = tracing.receiver.spans.filter(({ parentSpanId }) => parentSpanId === ofNginx?.spanId);
  expect(request).toMatchObject({ service: 'test', name: 'GET /:name' });

  const inOneHour = `t=${(nowMs / 1000 + 3600).toFixed(3)}; age=0.000`;
  await app.ask('/late', { 'x-request-start': inOneHour });
  await vi.waitFor(() => expect(named('nginx')).toHaveLength(2), SOON);
  for (const { startMs, endMs } of named('nginx')) expect(endMs).toBeGreaterThanOrEqual(startMs);
});

test('without nginx in front a client cannot send a span of it', async () => {
  await using app = await startApp({});
  const before = named('nginx').length;
  await app.ask('/forged', { 'x-request-start': 't=1.000; age=0.000' });
  await vi.waitFor(() => expect(named('in forged')).toHaveLength(1), SOON);
  expect(named('nginx')).toHaveLength(before);
});
