import fc from 'fast-check';
import type { Msg } from 'nats';
import { expect, test } from 'vitest';
import { decodeMessage, encodeHeaders, encodeHeadersAgain, onlyGroupOf, parseAckSubject } from './codec.ts';
import { type Headers, headersOf, toWire } from './wire-headers.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,20}$/);
const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
const anyMessage = fc.record({
  id: text.filter((id) => id !== ''),
  key: fc.option(text, { nil: undefined }),
  metadata: fc.dictionary(name, text, { noNullPrototype: true }),
  payload: fc.uint8Array(),
});

/** Where a message was stored. */
const at = (payload: Uint8Array) => ({ topic: 't', position: '7', publishedAt: new Date(), payload });

/** The headers as they arrive: encoded to lines and parsed by the client. */
function transported(headers: Headers): Headers {
  // Of the client's headers and messages, no more is used.
  const bytes = (toWire(headers) as unknown as { encode(): Uint8Array }).encode();
  return headersOf({ _msg: { hdr: bytes.length }, _rdata: bytes } as unknown as Msg);
}

test('decodes any id and metadata that it encoded', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const headers = transported(encodeHeaders(message, 't'));
      expect(decodeMessage(headers, at(message.payload))).toMatchObject(message);
    }),
  );
});

test('a message published again keeps its id under a new one for the dedupe window', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const headers = transported(encodeHeadersAgain(message, 'attempt', 'a grün group'));
      expect(headers.get('Nats-Msg-Id')).toBe('attempt');
      expect(onlyGroupOf(headers)).toBe('a grün group');
      expect(decodeMessage(headers, at(message.payload))).toMatchObject(message);
    }),
  );
});

test('does not encode common trace headers', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const headers = encodeHeaders({ id: 'a', metadata: { traceparent }, payload: new Uint8Array() }, 't');
  expect(headers.get('traceparent')).toBe(traceparent);
});

test('decodes messages of other publishers', () => {
  const payload = new Uint8Array();
  expect(decodeMessage(new Map(), at(payload))).toMatchObject({ id: '7', key: undefined, metadata: {} });
  const found = new Map<string, string>();
  found.set('x-half-encoded', '50% off');
  found.set('ce-type', 'cat.seen');
  found.set('Upper-Case', 'is not metadata');
  const decoded = () => decodeMessage(transported(found), at(payload));
  expect(decoded()).toMatchObject({
    id: '7',
    metadata: { 'x-half-encoded': '50% off', 'ce-type': 'cat.seen' },
  });
  found.set('Nats-Msg-Id', 'for the dedupe window');
  expect(decoded().id).toBe('for the dedupe window');
  found.set('Meower-Message-Id', 'of an earlier version');
  expect(decoded().id).toBe('of an earlier version');
  found.set('ce-id', 'of CloudEvents');
  expect(decoded().id).toBe('of CloudEvents');
});

test('writes the attributes of CloudEvents as their binding defines', () => {
  const encoded = encodeHeaders(
    {
      id: 'a',
      key: 'k',
      metadata: { 'ce-specversion': '1.0', 'ce-type': 'cat.seen', 'content-type': 'application/json' },
      payload: new Uint8Array(),
    },
    't',
  );
  expect([...encoded]).toEqual([
    ['Nats-Msg-Id', 't:a'],
    ['ce-id', 'a'],
    ['ce-partitionkey', 'k'],
    ['ce-specversion', '1.0'],
    ['ce-type', 'cat.seen'],
    ['content-type', 'application/json'],
  ]);
});

test('refuses metadata names that are the broker’s own', () => {
  const metadata = { 'Nats-Msg-Id': 'b' };
  expect(() => encodeHeaders({ id: 'a', metadata, payload: new Uint8Array() }, 't')).toThrow(/lower case/);
});

test.each([
  ['$JS.ACK.S.C.2.30.40.1700000000000000000.0'],
  ['$JS.ACK.domain.hash.S.C.2.30.40.1700000000000000000.0'],
  ['$JS.ACK.domain.hash.S.C.2.30.40.1700000000000000000.0.random'],
])('reads %s', (reply) => {
  expect(parseAckSubject(reply)).toEqual({
    attempt: 2,
    streamSeq: 30,
    deliverySeq: 40,
    publishedAt: new Date(1_700_000_000_000),
  });
});

test('refuses other reply subjects', () => {
  expect(() => parseAckSubject('_INBOX.1.2')).toThrow(TypeError);
  expect(() => parseAckSubject('')).toThrow(TypeError);
});
