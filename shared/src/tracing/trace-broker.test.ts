import { randomBytes } from 'node:crypto';
import { trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Broker, Message, Metadata } from '../message/capabilities.ts';
import { createInProcessBroker } from '../message/in-process.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { startTestTracing, type TestTracing } from '../testing/test-tracing.ts';
import { traceBroker } from './trace-broker.ts';

let tracing: TestTracing;
let broker: Broker;

beforeAll(async () => {
  tracing = await startTestTracing();
});
afterAll(() => tracing.close());
beforeEach(() => {
  broker = traceBroker(createInProcessBroker({ logger: silentLogger }), 'in_process');
});
afterEach(() => broker.close());

const SOON = { timeout: 15_000, interval: 10 };
const newTraceId = () => randomBytes(16).toString('hex');
const PARENT = '00f067aa0ba902b7';

function message(id: string, traceId?: string, flags = '01'): Message {
  const metadata: Metadata = traceId === undefined ? {} : { traceparent: `00-${traceId}-${PARENT}-${flags}` };
  return { id, metadata, payload: Buffer.from('{}') };
}

const named = (name: string, traceId?: string) =>
  tracing.receiver.spans.filter(
    (span) => span.name === name && (traceId === undefined || span.traceId === traceId),
  );

test('a batch of several has a trace of its own, linked with a span in the trace of each message', async () => {
  const traceIds = [newTraceId(), newTraceId(), newTraceId()];
  await broker.publish('batch', [
    ...traceIds.map((traceId, i) => message(`m${i}`, traceId)),
    message('untraced'),
  ]);
  const handled = Promise.withResolvers<void>();
  await broker.consume(['batch'], 'group', async (batch) => {
    await batch[1]?.reject('no');
    if (batch.length === 4) handled.resolve();
  });
  await handled.promise;

  for (const [name, kind] of [
    ['send batch', 'client'],
    ['process batch', 'consumer'],
  ] as const) {
    await vi.waitFor(() => expect(named(name)).toHaveLength(4), SOON);
    const [batch] = named(name).filter((span) => span.links.length === 3);
    expect(batch).toMatchObject({ kind, parentSpanId: '' });
    expect(batch?.attributes).toMatchObject({
      'messaging.batch.message_count': 4,
      'messaging.system': 'in_process',
    });
    expect(batch?.links).toEqual(traceIds.map((traceId) => ({ traceId, spanId: PARENT })));
    for (const [i, traceId] of traceIds.entries()) {
      const [member] = named(name, traceId);
      expect(member).toMatchObject({ kind, parentSpanId: PARENT });
      expect(member?.links).toEqual([{ traceId: batch?.traceId, spanId: batch?.spanId }]);
      expect(member?.attributes['messaging.message.id']).toBe(`m${i}`);
    }
  }
  const settled = traceIds.map(
    (traceId) => named('process batch', traceId)[0]?.attributes['meower.message.settled'],
  );
  expect(settled).toEqual(['acked', 'rejected', 'acked']);
});

test('a batch has links to 128 of its messages, and how many there are', async () => {
  const traceIds = Array.from({ length: 130 }, newTraceId);
  await broker.publish(
    'many',
    traceIds.map((traceId, i) => message(`m${i}`, traceId)),
  );
  await vi.waitFor(() => expect(named('send many')).toHaveLength(131), SOON);
  const [batch] = named('send many').filter((span) => span.parentSpanId === '');
  expect(batch?.attributes['messaging.batch.message_count']).toBe(130);
  expect(batch?.links).toEqual(traceIds.slice(0, 128).map((traceId) => ({ traceId, spanId: PARENT })));
});

test('of a batch, only what belongs to sampled traces is recorded', async () => {
  const [sampled, ...others] = [newTraceId(), newTraceId(), newTraceId()];
  const unsampled = others.map((traceId) => message(traceId, traceId, '00'));
  const seen: (string | undefined)[] = [];
  await broker.consume(['some'], 'group', async (batch) => {
    const active = trace.getActiveSpan()?.spanContext();
    for (const { id } of batch)
      if (others.includes(id)) seen.push(`${active?.traceId} ${active?.traceFlags}`);
  });
  await broker.publish('some', unsampled);
  await vi.waitFor(() => expect(seen).toHaveLength(2), SOON);
  expect(seen).toEqual([`${others[0]} 0`, `${others[0]} 0`]);
  await broker.publish('some', [message('n', others[0], '00'), message('m', sampled)]);
  await vi.waitFor(() => expect(named('process some', sampled)).toHaveLength(1), SOON);
  for (const name of ['send some', 'process some']) {
    const batches = () => named(name).filter((span) => span.parentSpanId === '');
    await vi.waitFor(() => expect(batches()).toHaveLength(1), SOON);
    const [batch] = batches();
    expect(batch?.links).toEqual([{ traceId: sampled, spanId: PARENT }]);
    expect(batch?.attributes['messaging.batch.message_count']).toBe(2);
    for (const traceId of others) expect(named(name, traceId)).toEqual([]);
  }
});

test('each attempt, also of a retried dead letter, is a span in the trace of its message', async () => {
  const traceId = newTraceId();
  await broker.publish('t', [message('m', traceId)]);
  let calls = 0;
  await broker.consume(['t'], 'group', async ([delivery]) => {
    calls++;
    if (calls === 1) throw new Error('not now');
    if (calls === 2) await delivery?.reject('never');
  });
  await vi.waitFor(async () => expect(await broker.deadLetters.count()).toBe(1), SOON);
  const [letter] = await broker.deadLetters.list();
  await broker.deadLetters.retry(letter?.position ?? '');

  await vi.waitFor(() => expect(named('process t', traceId)).toHaveLength(3), SOON);
  const attempts = named('process t', traceId);
  expect(
    attempts.map((span) => [span.parentSpanId, span.attributes['meower.message.settled'], span.isError]),
  ).toEqual([
    [PARENT, 'nacked', true],
    [PARENT, 'rejected', true],
    [PARENT, 'acked', false],
  ]);
});

test('a follower has a span in the trace of each message', async () => {
  const traceId = newTraceId();
  await broker.follow(['t'], { onMessage: () => undefined, onReset: () => undefined });
  await broker.publish('t', [message('m', traceId)]);
  await vi.waitFor(() => expect(named('process t', traceId)).toHaveLength(1), SOON);
  expect(named('process t', traceId)[0]).toMatchObject({ kind: 'consumer', parentSpanId: PARENT });
});

test('a failed publication is an error of its spans, and is thrown', async () => {
  await broker.close();
  const traceId = newTraceId();
  await expect(broker.publish('t', [message('m', traceId)])).rejects.toThrow('closed');
  await vi.waitFor(() => expect(named('send t', traceId)).toHaveLength(1), SOON);
  expect(named('send t', traceId)[0]?.isError).toBe(true);
});
