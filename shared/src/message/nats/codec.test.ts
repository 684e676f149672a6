import fc from 'fast-check';
import { type MsgHdrs, MsgHdrsImpl } from 'nats';
import { expect, test } from 'vitest';
import { decodeMessage, encodeHeaders, encodeHeadersAgain, parseAckSubject } from './codec.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,20}$/);
const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
const anyMessage = fc.record({
  id: text.filter((id) => id !== ''),
  metadata: fc.dictionary(name, text, { noNullPrototype: true }),
  payload: fc.uint8Array(),
});

/** The headers as they arrive: encoded to lines and parsed by the client. */
function transported(headers: MsgHdrs): MsgHdrs {
  return MsgHdrsImpl.decode((headers as MsgHdrsImpl).encode());
}

test('decodes any id and metadata that it encoded', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const headers = transported(encodeHeaders(message));
      expect(decodeMessage(headers, message.payload, 'none')).toEqual(message);
    }),
  );
});

test('a message published again keeps its id under a new one for the dedupe window', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const headers = transported(encodeHeadersAgain(message, 'attempt'));
      expect(headers.get('Nats-Msg-Id')).toBe('attempt');
      expect(decodeMessage(headers, message.payload, 'none')).toEqual(message);
    }),
  );
});

test('does not encode common trace headers', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const headers = encodeHeaders({ id: 'a', metadata: { traceparent }, payload: new Uint8Array() });
  expect(headers.get('traceparent')).toBe(traceparent);
});

test('decodes messages of other publishers', () => {
  const payload = new Uint8Array();
  expect(decodeMessage(undefined, payload, 'position')).toEqual({ id: 'position', metadata: {}, payload });
  const headers = encodeHeaders({ id: 'a', metadata: {}, payload });
  headers.set('x-half-encoded', '50% off');
  expect(decodeMessage(headers, payload, '').metadata).toEqual({ 'x-half-encoded': '50% off' });
});

test('refuses metadata names that are the broker’s own', () => {
  const metadata = { 'Nats-Msg-Id': 'b' };
  expect(() => encodeHeaders({ id: 'a', metadata, payload: new Uint8Array() })).toThrow(/lower case/);
});

test.each([
  ['$JS.ACK.S.C.2.30.40.1700000000000000000.0'],
  ['$JS.ACK.domain.hash.S.C.2.30.40.1700000000000000000.0'],
  ['$JS.ACK.domain.hash.S.C.2.30.40.1700000000000000000.0.random'],
])('reads %s', (reply) => {
  expect(parseAckSubject(reply)).toEqual({ attempt: 2, streamSeq: 30, deliverySeq: 40 });
});

test('refuses other reply subjects', () => {
  expect(() => parseAckSubject('_INBOX.1.2')).toThrow(TypeError);
  expect(() => parseAckSubject('')).toThrow(TypeError);
});
