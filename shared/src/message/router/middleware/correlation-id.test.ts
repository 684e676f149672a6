import { expect, test } from 'vitest';
import type { Outgoing } from '../handler.ts';
import { incoming } from '../testing/samples.ts';
import { correlationId } from './correlation-id.ts';

const payload = Buffer.from('');
const { signal } = new AbortController();
const carried = async (metadata: Record<string, string>, outgoing: Outgoing[]) => {
  const returned = await correlationId(async () => outgoing, { name: 'h' })(
    incoming('1', 'a', metadata),
    signal,
  );
  return returned?.map((each) => each.metadata);
};

test('a returned message carries on the request id and the trace context', async () => {
  const metadata = { 'x-request-id': 'r', traceparent: 't', tracestate: 's', 'ce-type': 'meow.created' };
  expect(await carried(metadata, [{ payload }])).toEqual([
    { 'x-request-id': 'r', traceparent: 't', tracestate: 's' },
  ]);
});

test('what a handler sets itself stays', async () => {
  const own = { traceparent: 'own', other: 'o' };
  expect(await carried({ 'x-request-id': 'r', traceparent: 't' }, [{ payload, metadata: own }])).toEqual([
    { 'x-request-id': 'r', traceparent: 'own', other: 'o' },
  ]);
});

test('without a request id the id of the incoming message begins one', async () => {
  expect(await carried({}, [{ payload }])).toEqual([{ 'x-request-id': '1' }]);
});
