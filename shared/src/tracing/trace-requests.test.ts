import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, test } from 'vitest';
import { startTestTracing } from '../testing/test-tracing.ts';
import { traceRequests } from './trace-requests.ts';

test('a caller cannot have its requests traced, and they stay in its trace', async () => {
  const tracing = await startTestTracing({
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0',
  });
  const app = express()
    .use(traceRequests)
    .get('/', ({ headers }, res) => void res.json(headers.traceparent));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // of a TCP server
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const ask = async (traceparent: string) => (await fetch(url, { headers: { traceparent } })).json();
  expect(await ask(`00-${traceId}-00f067aa0ba902b7-01`)).toMatch(
    new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`),
  );
  expect(await ask('nonsense')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  server.close();
  const { requests } = tracing.receiver;
  await tracing.close();
  expect(requests).toEqual([]);
});
